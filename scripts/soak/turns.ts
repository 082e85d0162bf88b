/**
 * What happens in which turn. It depends on the seed and the turn's number alone, so that a seed
 * repeats it on any machine, however fast.
 */
import { type Stream, stream } from '../../src/validator/index.js';
import { type MishapName, mishapNames } from './mishaps.js';

export interface Turn {
  readonly number: number;
  readonly mishap: MishapName;
  /** Decides everything else about it. */
  readonly next: Stream;
}

/** Turns of a round: each mishap has one. */
export const roundLength = mishapNames.length;

/** @param number from 0 on */
export function turnAt(seed: number, number: number): Turn {
  const round = shuffled(mishapNames, stream(seed, `round ${Math.floor(number / roundLength)}`));
  return {
    number,
    mishap: round[number % roundLength],
    next: stream(seed, `turn ${number}`),
  };
}

/** By Fisher and Yates. */
export function shuffled<T>(all: readonly T[], next: Stream): T[] {
  const order = [...all];
  for (let i = order.length - 1; i > 0; i--) {
    const k = Math.floor(next() * (i + 1));
    [order[i], order[k]] = [order[k], order[i]];
  }
  return order;
}
