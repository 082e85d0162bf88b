/**
 * Schedule of the injected faults. It depends only on the seed and the turn's number, so that a
 * seed gives the same turns on every machine, however fast.
 */
import { type Stream, stream } from '../../src/validator/index.js';
import { type MishapName, mishapNames } from './mishaps.js';

export interface Turn {
  readonly number: number;
  readonly mishap: MishapName;
  /** True if models are predicted through captures in this turn. */
  readonly captures: boolean;
  /** Random stream that decides everything else about the turn. */
  readonly next: Stream;
}

/** Number of turns in a round, one for each injected fault. */
export const roundLength = mishapNames.length;

/** Share of the turns in which models are predicted through captures. */
const CAPTURED = 0.5;

/**
 * Returns the turn with this number.
 * @param number index of the turn, from 0
 */
export function turnAt(seed: number, number: number): Turn {
  const round = shuffled(mishapNames, stream(seed, `round ${Math.floor(number / roundLength)}`));
  return {
    number,
    mishap: round[number % roundLength],
    captures: stream(seed, `capture ${number}`)() < CAPTURED,
    next: stream(seed, `turn ${number}`),
  };
}

/** Returns the elements in random order (Fisher-Yates shuffle). */
export function shuffled<T>(all: readonly T[], next: Stream): T[] {
  const order = [...all];
  for (let i = order.length - 1; i > 0; i--) {
    const k = Math.floor(next() * (i + 1));
    [order[i], order[k]] = [order[k], order[i]];
  }
  return order;
}
