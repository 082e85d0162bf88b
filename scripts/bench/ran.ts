/** Which variants ran, by what a backend counts. */
import type { TiledInfo } from '../../src/tiledInfo.js';

type Counts = TiledInfo['variants'];

/** Variants that ran more often after than before, over all kernels. */
export function variantsBetween(before: Counts, after: Counts): string[] {
  const names = Object.entries(after).flatMap(([kernel, counts]) =>
    Object.entries(counts)
      .filter(([variant, count]) => count > (before[kernel]?.[variant] ?? 0))
      .map(([variant]) => variant),
  );
  return [...new Set(names)];
}
