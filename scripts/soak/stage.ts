/** What a soak works with. */
import type { Stream } from '../../src/validator/index.js';
import { holdingsFault } from './judge.js';
import type { Holdings, Product } from './product.js';
import { newTally, type Tally } from './tally.js';

export interface Stage {
  readonly product: Product;
  readonly tally: Tally;
  /** ms until a prediction counts as one that never ends. */
  readonly hangMs: number;
  /** What is going on, for a report. */
  when: string;
  /** What has happened in this turn, for a report. */
  notes: string[];
  /** Decides what is drawn by lot. */
  next: Stream;
  /** Whether answers need not be what they were to the last bit, for steps that were taken. */
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

/** A whole number from 0 to count - 1, drawn by lot. */
export const below = ({ next }: Stage, count: number): number => Math.floor(next() * count);

export function expectHoldings({ tally, when }: Stage, now: Holdings, before: Holdings): void {
  const fault = holdingsFault(now, before);
  if (fault !== null) tally.leaks.push(`${when}: ${fault}`);
}

export function fail({ tally, when }: Stage, what: string): void {
  tally.failures.push(`${when}: ${what}`);
}
