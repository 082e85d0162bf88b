/** Limits that users set on the GPU memory that is kept for reuse. */
import { env } from '@tensorflow/tfjs-core';
import { GPU_BYTES_LIMIT } from '../../engine/flags.js';

/** Null for none. */
export const byteLimit = () => bytesOf(GPU_BYTES_LIMIT);

/** A flag of stock's: bytes of textures above which one that is let go of is deleted; null for none. */
export const deleteThreshold = () => bytesOf('WEBGL_DELETE_TEXTURE_THRESHOLD');

function bytesOf(flag: string): number | null {
  const bytes = env().getNumber(flag);
  // A value that was refused stays in tfjs's flags.
  return bytes >= 0 ? bytes : null;
}
