/** How much GPU memory may be kept for reuse. */
import { env } from '@tensorflow/tfjs-core';

/**
 * Bytes of GPU memory above which the engine gives back what it keeps for reuse, first of planes,
 * then of what can be made again; -1 for no limit. It never refuses what the device would give.
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

/** Bytes that planes may take beside the stock textures. */
export function roomForPlanes(stockBytes: number): number {
  const [limit, threshold] = [LIMIT, 'WEBGL_DELETE_TEXTURE_THRESHOLD'].map((flag) => {
    const bytes = env().getNumber(flag);
    return bytes < 0 ? Number.POSITIVE_INFINITY : bytes;
  });
  return Math.min(limit - stockBytes, threshold);
}
