/**
 * Running error analysis (N. Higham, Accuracy and Stability of Numerical Algorithms, 3.3): each
 * function takes true values with bounds on what float32 may have made of them, and returns the true
 * result with a bound on what one float32 operation makes of it. Bounds of sums of products and of
 * activations are those of the validator.
 */
import { expect } from 'chai';
import {
  type Bounded,
  boundedActivations,
  compare,
  describeComparison,
  sumBound,
  TINY,
  UNIT,
  UNITS_PER_OPERATION,
} from '../../src/validator/index.js';

export type { Bounded };

/** Relative error of one float32 addition or multiplication on any engine. */
export const ROUNDING = UNITS_PER_OPERATION * UNIT;

/**
 * Relative errors of a division, 2.5 ulp, and of inversesqrt, 2 ulp (Vulkan specification,
 * Precision of Individual Operations); an ulp is at most two units.
 */
export const DIVISION = 2.5 * 2 * UNIT;
const INVERSE_SQRT = 2 * 2 * UNIT;

/** Relative error of exp(x), 3 + 2|x| ulp, by the same source. */
export const exponentialError = (x: number) => (3 + 2 * Math.abs(x)) * 2 * UNIT;

export const exactly = (value: number): Bounded => ({ value, bound: 0 });

/** Largest magnitude that the float32 value may have. */
const reach = ({ value, bound }: Bounded) => Math.abs(value) + bound;

/** True if the operation cannot round: operands are exact, and the result is a float32. */
const isExact = (value: number, ...operands: readonly Bounded[]) =>
  Math.fround(value) === value && operands.every(({ bound }) => bound === 0);

export function sum(...terms: readonly Bounded[]): Bounded {
  const value = terms.reduce((total, term) => total + term.value, 0);
  if (terms.length === 2 && isExact(value, ...terms)) return exactly(value);
  const carried = terms.reduce((total, { bound }) => total + bound, 0);
  const magnitude = terms.reduce((total, term) => total + reach(term), 0);
  return { value, bound: carried + sumBound(terms.length, magnitude) };
}

export function product(a: Bounded, b: Bounded): Bounded {
  const value = a.value * b.value;
  if (isExact(value, a, b)) return exactly(value);
  const most = reach(a) * reach(b);
  return { value, bound: most - Math.abs(value) + ROUNDING * most + TINY };
}

export function quotient(a: Bounded, b: Bounded): Bounded {
  const value = a.value / b.value;
  const carried = (a.bound + Math.abs(value) * b.bound) / (Math.abs(b.value) - b.bound);
  return { value, bound: carried + DIVISION * (Math.abs(value) + carried) + TINY };
}

export function inverseSqrt(x: Bounded): Bounded {
  const value = 1 / Math.sqrt(x.value);
  const most = 1 / Math.sqrt(x.value - x.bound);
  return { value, bound: most - value + INVERSE_SQRT * most };
}

export function exponential(x: Bounded): Bounded {
  const value = Math.exp(x.value);
  const most = Math.exp(x.value + x.bound);
  return { value, bound: most - value + exponentialError(reach(x)) * most + TINY };
}

/** Computes x * sigmoid(x). */
export const swish = (x: Bounded): Bounded => product(x, boundedActivations.sigmoid(x, 0));

/** Computes tanh(x) as (1 - e) / (1 + e), where e = exp(-2x), and x is exact. */
export function tanh(x: number): Bounded {
  const e = exponential(exactly(-2 * Math.abs(x)));
  const { value, bound } = quotient(sum(exactly(1), { ...e, value: -e.value }), sum(exactly(1), e));
  return { value: Math.sign(x) * value, bound };
}

/** Computes the softmax of a row as tfjs does: exp(x - max) over the sum of these. */
export function softmax(row: readonly Bounded[]): Bounded[] {
  const largest = Math.max(...row.map(({ value }) => value));
  const less = { value: -largest, bound: Math.max(...row.map(({ bound }) => bound)) };
  const powers = row.map((x) => exponential(sum(x, less)));
  const total = sum(...powers);
  return powers.map((power) => quotient(power, total));
}

/**
 * Computes the softmax of a row of exact values, as tfjs does: NaN everywhere if the largest value is
 * infinite or not a number, and 0 for -Infinity otherwise.
 */
export function softmaxOfExact(row: readonly number[]): Bounded[] {
  if (!Number.isFinite(Math.max(...row))) return row.map(() => exactly(Number.NaN));
  const finite = softmax(row.filter(Number.isFinite).map(exactly));
  return row.map((x) => (Number.isFinite(x) ? (finite.shift() as Bounded) : exactly(0)));
}

/**
 * Computes the mean of values whose sum is exact: one division of the sum, or, as in stock cpu, the
 * sum of values that are each divided and rounded to nearest.
 */
export function meanOfExact(values: ArrayLike<number>): Bounded {
  const count = values.length;
  const value = Array.from(values).reduce((total, x) => total + x, 0) / count;
  const magnitude = Array.from(values).reduce((total, x) => total + Math.abs(x), 0) / count;
  return { value, bound: DIVISION * Math.abs(value) + UNIT * (magnitude + Math.abs(value)) };
}

/** Expects each value within its bound; NaN and infinities equal only themselves. */
export function expectWithin(
  actual: ArrayLike<number>,
  expected: readonly Bounded[],
  what = 'values',
): void {
  const shape = [expected.length];
  const result = compare(
    { shape, values: actual },
    {
      shape,
      values: Float64Array.from(expected, ({ value }) => value),
      bounds: Float64Array.from(expected, ({ bound }) => bound),
    },
  );
  expect(result.ok, `${what}: ${describeComparison(result)}`).to.equal(true);
}

/** Expects equal numbers; 0 and -0 are equal, and NaN equals itself. */
export function expectEqual(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what?: string,
): void {
  expectWithin(actual, Array.from(expected, exactly), what);
}
