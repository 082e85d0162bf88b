/**
 * Our flags of `tf.env()`, which the address of a page sets as well
 * (`?tfjsflags=TILED_ENGINE:cpu,TILED_CPU_THREADS:4`). Importing this file registers them.
 */
import { env } from '@tensorflow/tfjs-core';

/** The engine that `tiled` starts: 'auto', 'webgl' or 'cpu'. Checked when it starts. */
export const ENGINE = 'TILED_ENGINE';

/** Threads of `tiled-cpu`: a whole number; 1 is without workers. Checked when it starts. */
export const CPU_THREADS = 'TILED_CPU_THREADS';

/** What a kernel call does that finds its context lost: one of `lossChoices`. */
export const ON_CONTEXT_LOSS = 'TILED_ON_CONTEXT_LOSS';
export const lossChoices = ['restore', 'cpu', 'throw'] as const;

/**
 * Whether arrays are kept only so that tensors come back after a lost context. What stock holds of a
 * tensor on the GPU brings it back in any case.
 */
export const KEEP_VALUES = 'TILED_KEEP_VALUES';

/**
 * Bytes of GPU memory above which the engine gives back what it keeps for reuse, then what can be
 * made again. It never refuses what the device would give. -1: what is kept has a bound of its own
 * (memoryBound.ts), and what can be made again stays.
 */
export const GPU_BYTES_LIMIT = 'TILED_GPU_BYTES_LIMIT';

/** @throws Error where the value is none of the flag's */
export function checkLossChoice(value: unknown): asserts value is (typeof lossChoices)[number] {
  if (!lossChoices.some((choice) => choice === value)) {
    throw new Error(`${ON_CONTEXT_LOSS} must be 'restore', 'cpu' or 'throw'; got ${value}`);
  }
}

env().registerFlag(ENGINE, () => 'auto');
env().registerFlag(CPU_THREADS, () => 1);
env().registerFlag(ON_CONTEXT_LOSS, () => 'restore', checkLossChoice);
env().registerFlag(
  KEEP_VALUES,
  () => true,
  (value) => {
    if (typeof value !== 'boolean') {
      throw new Error(`${KEEP_VALUES} must be true or false; got ${value}`);
    }
  },
);
env().registerFlag(
  GPU_BYTES_LIMIT,
  () => -1,
  (value) => {
    if (!Number.isFinite(value) || ((value as number) < 0 && value !== -1)) {
      throw new Error(`${GPU_BYTES_LIMIT} must be -1 or a number of bytes; got ${value}`);
    }
  },
);
