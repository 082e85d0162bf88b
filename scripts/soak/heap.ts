/** Whether the heap grows with the contexts that are lost. */
import type { HeapTrend } from './result.js';

/** After a turn. */
export interface HeapSample {
  readonly mib: number;
  /** Contexts lost so far. */
  readonly losses: number;
}

/** MiB by which what collections leave differs from turn to turn. */
const NOISE = 32;

/** Turns in which caches of programs and plans may still fill. */
const LEAST_TURNS = 24;

/**
 * From the least of the middle third to the least of the last one: what no collection has freed.
 * Null where there were too few turns, or no loss between the two.
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
