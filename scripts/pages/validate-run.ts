/**
 * Runs the cases of /validate-cases.json and POSTs each result. Options: `backend`, `reference`
 * (names, comma between), `variant` ('all', a name, or empty), `module` (1: load the module that
 * registers a backend first).
 */
import '../../src/index.js';
import { env, version_core } from '@tensorflow/tfjs-core';
import { type CaseResult, writeJson } from '../../src/validator/index.js';
import { casesPath, type Ending, type Message, modulePath } from '../validate/messages.js';
import { NotRegistered, runIds } from '../validate/runIds.js';
import { shareTfjs } from '../validate/tfjsGlobal.js';
import { rendererName } from './lib/device.js';
import { postProgress, postResult } from './lib/post.js';

/** Results wait this long for company. */
const batchMs = 300;

const options = new URLSearchParams(location.search);
const backend = options.get('backend') ?? 'tiled-webgl';
const reference = (options.get('reference') ?? '').split(',').filter((name) => name !== '');
const variant = options.get('variant') ?? '';

const send = (message: Message) => postProgress(writeJson(message));

/** Backends that not every page pays for. */
const stockBackends: Record<string, () => Promise<void>> = {
  wasm: async () => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // Threads change the time only, and their worker scripts do not survive bundling.
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths('/');
  },
  webgpu: async () => {
    await import('@tensorflow/tfjs-backend-webgpu');
  },
};

async function run(): Promise<Ending> {
  // Stock webgl refuses software renderers without it.
  env().set('SOFTWARE_WEBGL_ENABLED', true);
  await send({
    renderer: rendererName() ?? 'no WebGL2',
    userAgent: navigator.userAgent,
    tfjs: version_core,
  });
  for (const name of [backend, ...reference]) await stockBackends[name]?.();
  if (options.get('module') === '1') {
    shareTfjs();
    await import(modulePath);
  }
  const ids: string[] = await (await fetch(casesPath)).json();
  let waiting: CaseResult[] = [];
  let sentAt = performance.now();
  let done = 0;
  await runIds({ backend, reference, ids, variant }, async (result) => {
    waiting.push(result);
    done++;
    if (performance.now() - sentAt < batchMs) return;
    await send({ results: waiting });
    waiting = [];
    sentAt = performance.now();
  });
  if (waiting.length > 0) await send({ results: waiting });
  document.body.textContent = `${done} results`;
  return { done };
}

run()
  .catch((error: Error): Ending => {
    console.error(error);
    const kind = error instanceof NotRegistered ? 'notRegistered' : 'other';
    return { error: error.message, kind };
  })
  .then(postResult);
