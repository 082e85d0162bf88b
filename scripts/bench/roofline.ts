/** The roofline: what the two measured ceilings allow a layer, by its multiply-adds a texel. */

export interface Ceilings {
  /** Multiply-adds, two operations each. */
  maddGflops: number;
  fetchGtexels: number;
}

/** Multiply-adds a fetched texel from which the multiply-add ceiling is the lower one. */
export function ridge({ maddGflops, fetchGtexels }: Ceilings): number {
  return maddGflops / (2 * fetchGtexels);
}

/** GFLOP/s that the ceilings allow at so many multiply-adds a fetched texel. */
export function roof({ maddGflops, fetchGtexels }: Ceilings, intensity: number): number {
  return Math.min(maddGflops, 2 * fetchGtexels * intensity);
}

/** 1, 2 and 5 times powers of ten from the last at or below `from` to the first at or above `to`. */
export function ticks(from: number, to: number): number[] {
  const steps = [1, 2, 5];
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) {
    // Division keeps 0.1 and its like exact.
    values.push(...steps.map((s) => (power < 0 ? s / 10 ** -power : s * 10 ** power)));
  }
  const first = values.findLastIndex((value) => value <= from);
  const last = values.findIndex((value) => value >= to);
  return values.slice(first, last + 1);
}
