/** Running counts of a soak. */
import { mishapNames } from './mishaps.js';
import type { Replays } from './product.js';
import type { SoakCaptures, Soaked } from './result.js';

type Counts<T> = { -readonly [K in keyof T]: T[K] };

/** Mutable version of the result, for use while the soak runs. */
export type Tally = Counts<Omit<Soaked, 'struck' | 'refusals' | 'captures'>> & {
  readonly struck: Counts<Soaked['struck']>;
  readonly refusals: Record<string, number>;
  readonly captures: Counts<SoakCaptures> & {
    readonly refused: Record<string, number>;
    readonly dropped: Record<string, number>;
  };
  readonly wrong: string[];
  readonly leaks: string[];
  readonly failures: string[];
  readonly events: string[];
};

/** Maximum number of recent turns in a failure report. */
const MOST_EVENTS = 20;

export const newTally = (): Tally => ({
  predictions: 0,
  turns: 0,
  struck: Object.fromEntries(mishapNames.map((name) => [name, 0])) as Tally['struck'],
  losses: 0,
  survived: 0,
  refusals: {},
  captures: { made: 0, recorded: 0, atEnd: 0, replays: 0, eager: 0, refused: {}, dropped: {} },
  wrong: [],
  leaks: [],
  failures: [],
  events: [],
  worst: 0,
  heap: null,
  peakGpuBytes: 0,
});

export function noteEvent({ events }: Tally, line: string): void {
  events.push(line);
  if (events.length > MOST_EVENTS) events.shift();
}

/** Counts a capture that was just made. */
export function noteCapture({ captures }: Tally, { captured, reason }: Replays): void {
  captures.made++;
  if (captured) captures.recorded++;
  else add(captures.refused, reason ?? 'no reason', 1);
}

/** Counts the predictions of a capture that is about to be disposed of. */
export function noteReplays({ captures }: Tally, replays: Replays): void {
  const { captured, dropped } = replays;
  if (captured) captures.atEnd++;
  captures.replays += replays.replays;
  captures.eager += replays.eager;
  for (const [reason, count] of Object.entries(dropped)) add(captures.dropped, reason, count);
}

function add(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}

export const faultsSoFar = ({ wrong, leaks, failures }: Soaked): number =>
  wrong.length + leaks.length + failures.length;

export function progressText(tally: Soaked, msLeft: number): string {
  const { turns, predictions, survived, losses, wrong, leaks, failures } = tally;
  return (
    `soak: ${turns} turns, ${predictions} predictions, ${survived} of ${losses} losses survived, ` +
    `${wrong.length} wrong, ${leaks.length} leaks, ${failures.length} failures, ` +
    `${Math.max(0, Math.round(msLeft / 1000))} s left`
  );
}
