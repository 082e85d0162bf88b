/** Whether the heap grows with the contexts that are lost. */
import { median } from '../reporting/statistics.js';
import type { HeapTrend } from './result.js';

/** After a turn. */
export interface HeapSample {
  readonly mib: number;
  /** Contexts lost so far. */
  readonly losses: number;
}

/** MiB for each lost context. */
export const heapLimit = 0.25;

/** Turns in which caches of programs and plans may still fill. */
const LEAST_TURNS = 24;

/** Null where there were too few turns, or no loss between the thirds. */
export function heapTrend(samples: readonly HeapSample[]): HeapTrend | null {
  if (samples.length < LEAST_TURNS) return null;
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(-third)].map((part) => ({
    mib: median(part.map(({ mib }) => mib)),
    losses: median(part.map(({ losses }) => losses)),
  }));
  const losses = last.losses - middle.losses;
  if (losses === 0) return null;
  return { middle: middle.mib, last: last.mib, perLoss: (last.mib - middle.mib) / losses };
}
