/** What a soak has seen so far. */
import type { Moment, SoakResult } from '../../soak/result.js';

export type Soaked = Omit<SoakResult, 'device' | 'nets' | 'ms'>;

/** The same, while it is counted. */
export type Tally = { -readonly [K in keyof Soaked]: Soaked[K] } & {
  readonly losses: Record<Moment, number>;
  readonly refusals: Record<string, number>;
  readonly wrong: string[];
  readonly leaks: string[];
  readonly failures: string[];
};

export const newTally = (): Tally => ({
  predictions: 0,
  losses: { idle: 0, input: 0, drawing: 0, reading: 0 },
  survived: 0,
  squeezes: 0,
  refusedTextures: 0,
  reloads: 0,
  refusals: {},
  wrong: [],
  leaks: [],
  failures: [],
  worst: 0,
  heap: null,
  peakGpuBytes: 0,
});

export const lossesOf = ({ losses }: Soaked): number =>
  Object.values(losses).reduce((a, b) => a + b, 0);

export const isOver = ({ wrong, leaks, failures }: Soaked): boolean =>
  wrong.length + leaks.length + failures.length > 0;

export function progressText(tally: Soaked, msLeft: number): string {
  return (
    `soak: ${tally.predictions} predictions, ${tally.survived} of ${lossesOf(tally)} losses ` +
    `survived, ${tally.wrong.length} wrong, ${tally.leaks.length} leaks, ` +
    `${Math.max(0, Math.round(msLeft / 1000))} s left`
  );
}
