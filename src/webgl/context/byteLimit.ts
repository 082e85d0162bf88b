/** Limits that users set on GPU memory. */
import { env } from '@tensorflow/tfjs-core';
import { GPU_BYTES_LIMIT } from '../../engine/flags.js';

/** Returns the limit in bytes that TILED_GPU_BYTES_LIMIT sets; null for none. */
export const byteLimit = () => bytesOf(GPU_BYTES_LIMIT);

/** Returns the bytes of textures above which stock deletes a released one; null for none. */
export const deleteThreshold = () => bytesOf('WEBGL_DELETE_TEXTURE_THRESHOLD');

function bytesOf(flag: string): number | null {
  const bytes = env().getNumber(flag);
  // tfjs keeps a flag's value even when its validation threw.
  return bytes >= 0 ? bytes : null;
}
