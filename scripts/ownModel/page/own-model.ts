/**
 * Page that compares backends on a user's own model. Options: `model`, its address; `shape.NAME`, the shape
 * of an input; `range`, `backends`, `rounds`, `kernels` (settings.ts); `autorun=1`, which compares at once.
 */

import { capturedBackend } from '../../bench/sides.js';
import { rendererName } from '../../lib/inPage/device.js';
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';
import {
  addressOf,
  initialSettings,
  MOST_ROUNDS,
  readSettings,
  type Settings,
  sideNames,
} from '../settings.js';
import { makeInput, takesPicture } from './inputs.js';
import { compare } from './measure.js';
import { type OwnModel, openModel } from './model.js';
import { type ModelSource, sourceOfFiles, sourceOfUrl } from './source.js';
import { pageStyle } from './style.js';
import { makeView } from './view.js';

document.head.append(toElement(h('style', {}, pageStyle)));

let model: OwnModel | null = null;
let address = '';
let picture: Promise<ImageBitmap> | null = null;
let isBusy = false;
let isStopped = false;

/** Reason why the browser lacks a side, by its name. */
function absentSides(): Record<string, string> {
  const hasWebGL = rendererName() !== null;
  const reasons = sideNames.flatMap((name) => {
    const backend = capturedBackend(name) ?? name;
    if (backend.endsWith('webgl') && !hasWebGL) return [[name, 'no WebGL2']];
    if (backend === 'webgpu' && !('gpu' in navigator)) return [[name, 'not in this browser']];
    return [];
  });
  return Object.fromEntries(reasons);
}

/** Does the work unless other work is going on. @param fail shows its error */
async function alone(work: () => Promise<void>, fail: (text: string) => void): Promise<void> {
  if (isBusy) return fail('The page is at work: wait until it is done, or press Stop.');
  isBusy = true;
  try {
    await work();
  } catch (error) {
    console.error(error);
    fail((error as Error).message);
  } finally {
    isBusy = false;
  }
}

const failModel = (text: string) => view.say(text, true);

const open = (from: string, makeSource: () => ModelSource) =>
  alone(async () => {
    view.say('reading the model ...');
    view.fail('');
    model = null;
    view.showModel(null);
    const source = makeSource();
    model = await openModel(source);
    address = from;
    view.showModel(model);
  }, failModel);

const current = (): Settings => ({ ...view.settings(), model: address });

/** Returns the request of what the user has set. @throws Error that names what is wrong */
async function requestOf(own: OwnModel) {
  const settings = current();
  const { sides, rounds, kernels } = settings;
  if (sides.length === 0) throw new Error('Choose at least one backend.');
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MOST_ROUNDS) {
    throw new Error(`Rounds is ${rounds}; it must be a whole number from 1 to ${MOST_ROUNDS}.`);
  }
  const bitmap = await picture;
  const inputs = own.inputs.map((input) => makeInput(input, settings, bitmap));
  const facts = inputs.map(({ shape, dtype }, i) => {
    const from: 'picture' | 'random' =
      bitmap !== null && takesPicture(shape) ? 'picture' : 'random';
    return { name: own.inputs[i].name, shape, dtype, from };
  });
  return { model: own, inputs, facts, sides, rounds, kernels };
}

const run = () =>
  alone(async () => {
    view.fail('');
    const request = await requestOf(model!);
    isStopped = false;
    view.setRunning(true);
    const watch = { say: view.setProgress, isStopped: () => isStopped };
    const result = await compare(request, watch).finally(() => view.setRunning(false));
    view.showResult(result);
  }, view.fail);

function settingsOfAddress(): { settings: Settings; fault: string | null } {
  try {
    return { settings: readSettings(location.search), fault: null };
  } catch (error) {
    return { settings: initialSettings, fault: (error as Error).message };
  }
}

const { settings, fault } = settingsOfAddress();
const view = makeView(settings, absentSides(), {
  pick: (files) => open('', () => sourceOfFiles(files)),
  load: (url) => open(url, () => sourceOfUrl(url)),
  picture(file) {
    picture = file === null ? null : createImageBitmap(file);
    picture?.catch(() => {
      picture = null;
      view.fail(`${file!.name} is no picture that this browser reads.`);
    });
  },
  run,
  stop: () => {
    isStopped = true;
  },
  address: () => new URL(addressOf(current()), location.href).href,
});

async function begin(): Promise<void> {
  if (fault !== null) return view.say(fault, true);
  if (settings.model === '') return;
  await open(settings.model, () => sourceOfUrl(settings.model));
  if (model !== null && new URLSearchParams(location.search).has('autorun')) await run();
}

begin();
