/** The few figures that measurements are reduced to. */

/** Of at least one value; the mean of the middle two of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of positive values, at least one. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export interface Difference {
  /** Largest |a - b|; null where a value is not finite on one side and not the same on the other. */
  maxAbs: number | null;
  /** maxAbs / largest |b| over the whole output; null as above. */
  maxRel: number | null;
}

/** How far `a` is from the reference `b`, both of the same length. */
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

/** Whether a difference is within the tolerance; one that is not finite never is. */
export function agrees({ maxRel }: Difference, tolerance: number): boolean {
  return maxRel !== null && maxRel <= tolerance;
}

/** The least of at least one value that `part` of them do not exceed; `part` from 0 to 1. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}
