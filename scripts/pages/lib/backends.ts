/** Every backend that pages measure, by name, and how many WebGL programs they link. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { env } from '@tensorflow/tfjs-core';
import '../../../src/index.js';
import { useBackend as start } from '../../../src/validator/runCase.js';

// Stock webgl refuses software renderers without it.
env().set('SOFTWARE_WEBGL_ENABLED', true);

/** Links counted by the backend that was current. */
const linked = new Map<string, number>();
let current = '';

const { linkProgram } = WebGL2RenderingContext.prototype;
WebGL2RenderingContext.prototype.linkProgram = function (program) {
  linked.set(current, linkedPrograms(current) + 1);
  linkProgram.call(this, program);
};

/** Makes a backend the current one; throws, with the reason, where it does not start. */
export async function useBackend(name: string): Promise<void> {
  await start(name);
  current = name;
}

/** WebGL programs that were linked while this backend was current. */
export function linkedPrograms(backend: string): number {
  return linked.get(backend) ?? 0;
}
