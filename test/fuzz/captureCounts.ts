/** Counts of captured predictions. */
import type { Replays } from './replays.js';

export interface CaptureCounts {
  /** Number of cases that were captured, and of those that were asked to be. */
  captured: number;
  cases: number;
  /** Number of predictions from a recording, and of eager ones through a capture. */
  replays: number;
  eager: number;
  /** Number of cases that were not captured, by reason. */
  readonly refused: Record<string, number>;
  /** Number of recordings that were given up, by reason. */
  readonly dropped: Record<string, number>;
}

export const newCaptureCounts = (): CaptureCounts => ({
  captured: 0,
  cases: 0,
  replays: 0,
  eager: 0,
  refused: {},
  dropped: {},
});

export function countReplays(
  counts: CaptureCounts,
  { captured, reason, replays, eager, dropped }: Replays,
): void {
  counts.cases++;
  counts.replays += replays;
  counts.eager += eager;
  if (captured) counts.captured++;
  else add(counts.refused, reason ?? 'no reason', 1);
  for (const [why, n] of Object.entries(dropped)) add(counts.dropped, why, n);
}

function add(counts: Record<string, number>, name: string, n: number): void {
  counts[name] = (counts[name] ?? 0) + n;
}
