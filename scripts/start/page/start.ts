/**
 * Page that runs one model on one picture on every backend. Options: `model`, a name from the
 * table; `picture`, the picture's URL, by default the model's own.
 */

import { tiledInfo } from '../../../src/index.js';
import { useBackend } from '../../lib/inPage/backends.js';
import { describeDevice } from '../../lib/inPage/device.js';
import { toElement, toNodes } from '../../lib/inPage/element.js';
import { postProgress, postResult } from '../../lib/inPage/post.js';
import { models } from '../../models/table.js';
import { h } from '../../report/html.js';
import { reportStyle } from '../../report/style.js';
import { reportBody } from '../html.js';
import type { Choice, ModelRun, StartError } from '../results.js';
import { makeRows, measure } from './measure.js';
import { fetchPicture, squarePixels, UnreadablePicture } from './picture.js';
import { makeView } from './view.js';

const options = new URLSearchParams(location.search);
const name = options.get('model') ?? models[0].name;
const pictureUrl = options.get('picture');

function say(line: string): Promise<void> {
  document.body.textContent = line;
  return postProgress(line);
}

/** Returns the choice that `tiled` makes here. */
async function chosen(): Promise<Choice> {
  await useBackend('tiled');
  const { engine, reason } = tiledInfo('tiled');
  return { engine, reason };
}

async function run(): Promise<ModelRun> {
  const info = models.find((model) => model.name === name);
  if (info === undefined) throw new Error(`model ${name} is unknown`);
  const picture = squarePixels(
    await fetchPicture(pictureUrl ?? `models/${info.picture}`),
    info.side,
  );
  const { sessions, missing } = await measure(info, picture, say);
  const result = {
    device: describeDevice(),
    choice: await chosen(),
    rows: await makeRows(name, sessions),
    missing,
    view: await makeView(info, picture, sessions),
  };
  for (const session of sessions) await session.dispose();
  return result;
}

/** Shows the result on the page, for a user who opened it by hand. */
function show(result: ModelRun): void {
  document.head.append(toElement(h('style', {}, reportStyle)));
  document.body.replaceChildren(...toNodes(reportBody([result])));
}

async function main(): Promise<void> {
  try {
    const result = await run();
    show(result);
    await postResult(result);
  } catch (error) {
    console.error(error);
    document.body.textContent = String(error);
    const { stack, message } = error as Error;
    const unreadablePicture = error instanceof UnreadablePicture;
    await postResult({ error: stack ?? message, unreadablePicture } satisfies StartError);
  }
}

main();
