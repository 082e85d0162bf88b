/**
 * Page that runs the cases of /validate-cases.json until the first wrong result. It POSTs each
 * attempt before the attempt begins, and each result. Options: `backend`, `reference`
 * (comma-separated names), `variant` ('all', a name, or empty), `module` (1: first load the module
 * that registers a backend), `mask` (names the browser capabilities to hide), `captured` (1: compute
 * through capture()), `precision` ('half': store half floats).
 */
import '../../../src/index.js';
import { env, version_core } from '@tensorflow/tfjs-core';
import { PRECISION } from '../../../src/engine/flags.js';
import { writeJson } from '../../../src/validator/index.js';
import { postResult } from '../../lib/inPage/post.js';
import { openRelay } from '../../lib/inPage/relay.js';
import { applyMask, type MaskName } from '../../webgl/masks.js';
import { casesPath, type Ending, type Message, modulePath } from '../command/messages.js';
import { NotRegistered, runIds } from '../command/runIds.js';
import { shareTfjs } from '../command/tfjsGlobal.js';
import { causeOf, thrownText } from '../command/thrown.js';
import { computerOf } from './computer.js';

const options = new URLSearchParams(location.search);
const backend = options.get('backend') ?? 'tiled-webgl';
const reference = (options.get('reference') ?? '').split(',').filter((name) => name !== '');
const variant = options.get('variant') ?? '';

/** Loaders of stock backends, which a page loads only when it needs them. */
const stockBackends: Record<string, () => Promise<void>> = {
  wasm: async () => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // Threads change only the time, and their worker scripts do not survive bundling.
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths('/');
  },
  webgpu: async () => {
    await import('@tensorflow/tfjs-backend-webgpu');
  },
};

async function run(): Promise<Ending> {
  // The mask must be applied before tfjs detects the browser's capabilities.
  const mask = options.get('mask');
  if (mask) applyMask(mask as MaskName);
  // Without this flag, stock webgl refuses software renderers.
  env().set('SOFTWARE_WEBGL_ENABLED', true);
  const precision = options.get('precision') === 'half' ? 'half' : 'float32';
  if (precision === 'half') {
    if (backend === 'webgl') env().set('WEBGL_FORCE_F16_TEXTURES', true);
    else env().set(PRECISION, precision);
  }
  const relay = await openRelay('/progress');
  const send = (message: Message) => relay.send(writeJson(message));
  send({
    renderer: computerOf(backend),
    userAgent: navigator.userAgent,
    tfjs: version_core,
  });
  for (const name of [backend, ...reference]) await stockBackends[name]?.();
  if (options.get('module') === '1') {
    shareTfjs();
    try {
      await import(modulePath);
    } catch (error) {
      return { error: String(error), thrown: thrownText(error), kind: 'module' };
    }
  }
  const ids: string[] = await (await fetch(casesPath)).json();
  let done = 0;
  await runIds(
    {
      backend,
      reference,
      ids,
      variant,
      isCaptured: options.get('captured') === '1',
      precision,
    },
    {
      onAttempt: (attempt) => send({ attempt }),
      onResult: (result) => {
        send({ result });
        done++;
      },
    },
  );
  await relay.close();
  document.body.textContent = `${done} results`;
  return { done };
}

run()
  .catch((error: Error): Ending => {
    console.error(error);
    const kind = error instanceof NotRegistered ? 'notRegistered' : 'other';
    return { error: error.message, thrown: thrownText(causeOf(error)), kind };
  })
  .then(postResult);
