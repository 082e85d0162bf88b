/** Statistics that summarize measurements. */

/** Returns the median of at least one value; for an even count, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Returns the geometric mean of at least one positive value. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export interface Difference {
  /**
   * Largest |a - b|; null if some value is not finite on either side and differs from the other
   * side.
   */
  maxAbs: number | null;
  /**
   * maxAbs / largest |b| over the whole output; null as above, or if every b is 0 and `a` differs.
   */
  maxRel: number | null;
}

/** Measures how far `a` is from the reference `b`, which has the same length. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): Difference {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let maxAbs = 0;
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    if (Object.is(a[i], b[i])) {
      if (Number.isFinite(b[i])) largest = Math.max(largest, Math.abs(b[i]));
      continue;
    }
    const distance = Math.abs(a[i] - b[i]);
    if (!Number.isFinite(distance)) return { maxAbs: null, maxRel: null };
    maxAbs = Math.max(maxAbs, distance);
    largest = Math.max(largest, Math.abs(b[i]));
  }
  if (maxAbs === 0) return { maxAbs, maxRel: 0 };
  return { maxAbs, maxRel: largest === 0 ? null : maxAbs / largest };
}

/** Returns the largest of some numbers; null if one of them is null. */
function largestOf(parts: readonly (number | null)[]): number | null {
  return parts.some((part) => part === null) ? null : Math.max(...(parts as number[]));
}

/** Returns the largest differences over all outputs of a net, each relative to its own reference. */
export function worstDifferences(
  outputs: readonly ArrayLike<number>[],
  reference: readonly ArrayLike<number>[],
): Difference {
  const parts = outputs.map((values, i) => difference(values, reference[i]));
  return {
    maxAbs: largestOf(parts.map(({ maxAbs }) => maxAbs)),
    maxRel: largestOf(parts.map(({ maxRel }) => maxRel)),
  };
}

/**
 * Returns the largest relative difference over all outputs of a net; null if some value is not finite
 * on either side and differs from the other side.
 */
export function worstDifference(
  outputs: readonly ArrayLike<number>[],
  reference: readonly ArrayLike<number>[],
): number | null {
  return worstDifferences(outputs, reference).maxRel;
}

/** Largest relative difference to a reference that still counts as agreement. */
export const tolerance = 1e-3;

/** True if a difference is within the tolerance; a difference that is not finite never is. */
export function agrees({ maxRel }: Difference, tolerance: number): boolean {
  return maxRel !== null && maxRel <= tolerance;
}

/**
 * Returns the smallest value that is at least as large as a fraction `part` (0 to 1) of the values.
 * Needs at least one value.
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}
