/** Check that the heap does not grow with the number of lost contexts. */
import type { HeapTrend } from './result.js';

/** Heap size after a turn. */
export interface HeapSample {
  readonly mib: number;
  /** Contexts lost so far. */
  readonly losses: number;
}

/** MiB by which the heap after a collection varies from turn to turn. */
const NOISE = 32;

/** Minimum number of turns for a trend, because caches of programs and plans fill up at first. */
const LEAST_TURNS = 24;

/**
 * Returns the growth from the smallest sample of the middle third to the smallest sample of the
 * last third, which is memory that no collection has freed. Returns null if there were too few
 * turns, or no loss between the two samples.
 */
export function heapTrend(samples: readonly HeapSample[]): HeapTrend | null {
  if (samples.length < LEAST_TURNS) return null;
  const third = Math.floor(samples.length / 3);
  const middle = least(samples.slice(third, 2 * third));
  const last = least(samples.slice(-third));
  const losses = last.losses - middle.losses;
  if (losses === 0) return null;
  return { middle: middle.mib, last: last.mib, perLoss: (last.mib - middle.mib) / losses };
}

const least = (samples: readonly HeapSample[]): HeapSample =>
  samples.reduce((a, b) => (b.mib < a.mib ? b : a));

export function heapFault({ middle, last, perLoss }: HeapTrend): string | null {
  const growth = last - middle;
  if (growth <= NOISE) return null;
  return `the heap grew by ${growth.toFixed(0)} MiB, ${perLoss.toFixed(2)} for each lost context`;
}
