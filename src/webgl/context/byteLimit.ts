/** Limits that users set on the GPU memory that is kept for reuse. */
import { env } from '@tensorflow/tfjs-core';

/**
 * Bytes of GPU memory above which the engine gives back what it keeps for reuse, then what can be
 * made again. It never refuses what the device would give. -1: what is kept has a bound of its own
 * (memoryBound.ts), and what can be made again stays.
 */
const LIMIT = 'TILED_GPU_BYTES_LIMIT';

env().registerFlag(
  LIMIT,
  () => -1,
  (value) => {
    if (!Number.isFinite(value) || ((value as number) < 0 && value !== -1)) {
      throw new Error(`${LIMIT} must be -1 or a number of bytes; got ${value}`);
    }
  },
);

/** Null for none. */
export const byteLimit = () => bytesOf(LIMIT);

/** A flag of stock's: bytes of textures above which one that is let go of is deleted; null for none. */
export const deleteThreshold = () => bytesOf('WEBGL_DELETE_TEXTURE_THRESHOLD');

function bytesOf(flag: string): number | null {
  const bytes = env().getNumber(flag);
  // A value that was refused stays in tfjs's flags.
  return bytes >= 0 ? bytes : null;
}
