/**
 * Our flags in `tf.env()`. The URL of a page can set them as well
 * (`?tfjsflags=TILED_ENGINE:cpu,TILED_CPU_THREADS:4`). Importing this file registers them.
 */
import { env } from '@tensorflow/tfjs-core';

/** The engine that `tiled` starts: 'auto', 'webgl' or 'cpu'. Checked when `tiled` starts. */
export const ENGINE = 'TILED_ENGINE';

/**
 * Number of threads of `tiled-cpu`, a whole number; 1 means no workers, and 0 leaves it to the engine.
 * Checked at its start.
 */
export const CPU_THREADS = 'TILED_CPU_THREADS';

/** The reaction of a kernel call to a lost context: one of `lossChoices`. */
export const ON_CONTEXT_LOSS = 'TILED_ON_CONTEXT_LOSS';
export const lossChoices = ['restore', 'cpu', 'throw'] as const;

/**
 * True if the engine keeps a reference to each array that it sends to the GPU or reads from it, to
 * restore the tensor after a lost context. Checked when an array is sent: a change releases nothing.
 * Values that stock holds for a tensor on the GPU restore it in any case.
 */
export const KEEP_VALUES = 'TILED_KEEP_VALUES';

/**
 * Bytes of GPU memory above which the engine frees memory: first the textures that it keeps for
 * reuse, then data that can be made again. It never refuses an allocation that the device would
 * grant. With -1, memory kept for reuse has a separate bound (memoryBound.ts), and data that can be
 * made again stays.
 */
export const GPU_BYTES_LIMIT = 'TILED_GPU_BYTES_LIMIT';

/**
 * Place of the planes of a tensor on `tiled-webgl`: each in a texture ('textures'), all in the layers
 * of one array texture ('layers'), or what suits the device ('auto'). Checked when a context starts.
 */
export const PLANE_STORAGE = 'TILED_PLANE_STORAGE';
const storages = ['auto', 'textures', 'layers'];

/**
 * Precision of the tiles of `tiled-webgl`: 'float32' where the device draws into such textures, and half
 * floats elsewhere; 'half'; or 'auto', half floats where the device's family gains by them. Checked when
 * a context starts.
 */
export const PRECISION = 'TILED_PRECISION';
const precisions = ['auto', 'float32', 'half'];

/**
 * Checks a precision, because a flag keeps a value that was refused.
 * @throws Error if the value is not one of those of `TILED_PRECISION`
 */
export function checkPrecision(value: unknown): void {
  if (precisions.includes(String(value))) return;
  throw new Error(`${PRECISION} must be 'auto', 'float32' or 'half'; got ${value}`);
}

/**
 * True if `tiled-webgl` may measure, in idle moments after the first prediction, what the GPU charges for
 * fetches, arithmetic and draws. Checked before each measurement.
 */
export const CALIBRATE = 'TILED_CALIBRATE';

/** @throws Error if the value is not one of `lossChoices` */
export function checkLossChoice(value: unknown): asserts value is (typeof lossChoices)[number] {
  if (!lossChoices.some((choice) => choice === value)) {
    throw new Error(`${ON_CONTEXT_LOSS} must be 'restore', 'cpu' or 'throw'; got ${value}`);
  }
}

env().registerFlag(ENGINE, () => 'auto');
env().registerFlag(CPU_THREADS, () => 0);
env().registerFlag(ON_CONTEXT_LOSS, () => 'restore', checkLossChoice);
env().registerFlag(
  PLANE_STORAGE,
  () => 'auto',
  (value) => {
    if (!storages.includes(String(value))) {
      throw new Error(`${PLANE_STORAGE} must be 'auto', 'textures' or 'layers'; got ${value}`);
    }
  },
);
env().registerFlag(PRECISION, () => 'float32', checkPrecision);
for (const flag of [KEEP_VALUES, CALIBRATE]) {
  env().registerFlag(
    flag,
    () => true,
    (value) => {
      if (typeof value !== 'boolean') {
        throw new Error(`${flag} must be true or false; got ${value}`);
      }
    },
  );
}
env().registerFlag(
  GPU_BYTES_LIMIT,
  () => -1,
  (value) => {
    if (!Number.isFinite(value) || ((value as number) < 0 && value !== -1)) {
      throw new Error(`${GPU_BYTES_LIMIT} must be -1 or a number of bytes; got ${value}`);
    }
  },
);
