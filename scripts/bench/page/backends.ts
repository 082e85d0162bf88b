/** Backends of the bench: those of the validator's page, and `tiled-cpu-N`, which is tiled-cpu with N threads. */
import { env } from '@tensorflow/tfjs-core';
import { cpuEngine } from '../../../src/cpuEngine.js';
import { CPU_THREADS } from '../../../src/engine/flags.js';
import { giveKernels, registerIfMissing } from '../../../src/register.js';
import { loadBackend as loadOther } from '../../validator/page/backends.js';

/**
 * Loads a backend, unless it is registered.
 * @throws Error if its script is missing, or this browser does not have it
 */
export async function loadBackend(name: string): Promise<void> {
  const [, threads] = /^tiled-cpu-(\d)$/.exec(name) ?? [];
  if (threads === undefined) await loadOther(name);
  else if (registerIfMissing(name, () => withThreads(Number(threads))))
    giveKernels(name, cpuEngine);
}

function withThreads(threads: number) {
  const usual = env().getNumber(CPU_THREADS);
  env().set(CPU_THREADS, threads);
  try {
    return cpuEngine.make('asked for by name');
  } finally {
    env().set(CPU_THREADS, usual);
  }
}
