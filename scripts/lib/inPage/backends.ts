/** All backends that pages measure, by name, and counts of the WebGL programs they link. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { env } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '../../../src/index.js';
import { useBackend as start } from '../../../src/validator/runCase.js';

// Without this flag, stock webgl refuses software renderers.
env().set('SOFTWARE_WEBGL_ENABLED', true);

/** Number of programs linked, by the backend that was current. */
const linked = new Map<string, number>();
let current = '';

const { linkProgram } = WebGL2RenderingContext.prototype;
WebGL2RenderingContext.prototype.linkProgram = function (program) {
  linked.set(current, linkedPrograms(current) + 1);
  linkProgram.call(this, program);
};

/** Makes a backend current; throws an error with the reason if the backend does not start. */
export async function useBackend(name: string): Promise<void> {
  await start(name);
  current = name;
}

/** Returns the number of WebGL programs linked while this backend was current. */
export function linkedPrograms(backend: string): number {
  return linked.get(backend) ?? 0;
}
