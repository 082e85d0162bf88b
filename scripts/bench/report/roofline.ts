/**
 * The roofline: a layer's speed limit from the two measured ceilings and its multiply-adds per
 * texel.
 */

export interface Ceilings {
  /** Giga-operations per second of multiply-adds, two operations each. */
  maddGflops: number;
  fetchGtexels: number;
}

/**
 * Returns the multiply-adds per fetched texel from which the multiply-add ceiling is the lower one.
 */
export function ridge({ maddGflops, fetchGtexels }: Ceilings): number {
  return maddGflops / (2 * fetchGtexels);
}

/**
 * Returns the GFLOP/s that the ceilings allow at an intensity in multiply-adds per fetched texel.
 */
export function roof({ maddGflops, fetchGtexels }: Ceilings, intensity: number): number {
  return Math.min(maddGflops, 2 * fetchGtexels * intensity);
}

/**
 * Returns 1, 2 and 5 times powers of ten, from the last at or below `from` to the first at or above
 * `to`.
 */
export function ticks(from: number, to: number): number[] {
  const steps = [1, 2, 5];
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    // Division keeps values such as 0.1 exact.
    values.push(...steps.map((s) => (power < 0 ? s / 10 ** -power : s * 10 ** power)));
  }
  const first = values.findLastIndex((value) => value <= from);
  const last = values.findIndex((value) => value >= to);
  return values.slice(first, last + 1);
}
