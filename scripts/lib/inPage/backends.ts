/** All backends that pages measure, by name, and counts of the WebGL programs they link. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import {
  engine,
  env,
  findBackend,
  findBackendFactory,
  registerBackend,
  removeBackend,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '../../../src/index.js';
import { useBackend as start } from '../../../src/validator/runCase.js';

// Without this flag, stock webgl refuses software renderers.
env().set('SOFTWARE_WEBGL_ENABLED', true);

/** Number of programs linked, by the backend that was current. */
const linked = new Map<string, number>();
let current = '';

if (typeof WebGL2RenderingContext !== 'undefined') {
  const { linkProgram } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.linkProgram = function (program) {
    linked.set(current, linkedPrograms(current) + 1);
    linkProgram.call(this, program);
  };
}

/** Makes a backend current; throws an error with the reason if the backend does not start. */
export async function useBackend(name: string): Promise<void> {
  await start(name);
  current = name;
}

/**
 * Ends a backend, with its memory and programs, so that its next use starts it anew. Tensors on it must
 * be disposed of before.
 */
export function endBackend(name: string): void {
  if (findBackend(name) == null) return;
  const make = findBackendFactory(name);
  const { priority } = engine().registryFactory[name];
  removeBackend(name);
  registerBackend(name, make, priority);
}

/** Returns the number of WebGL programs linked while this backend was current. */
export function linkedPrograms(backend: string): number {
  return linked.get(backend) ?? 0;
}
