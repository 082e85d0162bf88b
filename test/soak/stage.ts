/** Shared state of a running soak. */
import type { Stream } from '../../src/validator/index.js';
import { holdingsFault } from './judge.js';
import type { Holdings, Product } from './product.js';
import { newTally, type Tally } from './tally.js';

export interface Stage {
  readonly product: Product;
  readonly tally: Tally;
  /** Milliseconds after which a prediction counts as hung. */
  readonly hangMs: number;
  /** Description of the current turn, for a report. */
  when: string;
  /** Notes on this turn, for a report. */
  notes: string[];
  /** Random stream of the current turn. */
  next: Stream;
  /** True if kernels fell back, so that answers may differ from the first ones in the last bits. */
  hasStepped(): boolean;
}

export const newStage = (product: Product, hangMs: number): Stage => ({
  product,
  tally: newTally(),
  hangMs,
  when: 'at first',
  notes: [],
  next: () => 0,
  hasStepped: () => false,
});

/** Returns a random whole number from 0 to count - 1. */
export const below = ({ next }: Stage, count: number): number => Math.floor(next() * count);

export function expectHoldings({ tally, when }: Stage, now: Holdings, before: Holdings): void {
  const fault = holdingsFault(now, before);
  if (fault !== null) tally.leaks.push(`${when}: ${fault}`);
}

export function fail({ tally, when }: Stage, what: string): void {
  tally.failures.push(`${when}: ${what}`);
}
