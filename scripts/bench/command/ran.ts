/** Detection of the variants that ran, from a backend's counts. */
import type { TiledInfo } from '../../../src/tiledInfo.js';

type Counts = TiledInfo['variants'];

/** Returns the variants with a higher count after than before, over all kernels. */
export function variantsBetween(before: Counts, after: Counts): string[] {
  const names = Object.entries(after).flatMap(([kernel, counts]) =>
    Object.entries(counts)
      .filter(([variant, count]) => count > (before[kernel]?.[variant] ?? 0))
      .map(([variant]) => variant),
  );
  return [...new Set(names)];
}
