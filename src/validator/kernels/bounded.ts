/**
 * Running error analysis: arithmetic on true values that carry a bound on the error of a float32
 * result. Each function adds the error of its own operation to the errors of its operands as they
 * pass through it (N. Higham, Accuracy and Stability of Numerical Algorithms, 3.3). The errors of
 * operations are those that the Vulkan specification allows in its appendix "Precision and
 * Operation of SPIR-V Instructions", which are also those of OpenGL ES 3.2 for highp.
 */
import { type Bounded, TINY, UNIT, UNITS_PER_OPERATION } from '../tolerance.js';

/** Relative error of one unit in the last place. */
const ULP = 2 * UNIT;

const ROUNDING = UNITS_PER_OPERATION * UNIT;

/** Relative error of a division, and of a reciprocal. */
const DIVISION = 2.5 * ULP;

const INVERSE_SQRT = 2 * ULP;

/** Error of a logarithm: relative, and absolute where the argument is between 0.5 and 2. */
const LOG = 3 * ULP;
const LOG_NEAR_ONE = 2 ** -21;

/** Error of sin and cos, absolute, for arguments from -pi to pi; beyond them there is no bound. */
const SINE = 2 ** -11;

/** Relative error of the arc tangent, of one argument and of two. */
const ARC_TANGENT = 4096 * ULP;

/** Value that float32 has, or that needs no bound. */
export function exactly(value: number): Bounded {
  return { value, bound: 0 };
}

/** Result of which any value is right. */
export const anything: Bounded = { value: 0, bound: Number.POSITIVE_INFINITY };

/** Returns a value of an operation with the relative error of that operation added to its bound. */
export function rounded(value: number, bound = 0, error = ROUNDING): Bounded {
  if (!Number.isFinite(value)) return exactly(value);
  return { value, bound: bound + error * (Math.abs(value) + bound) + TINY };
}

export function plus(a: Bounded, b: Bounded): Bounded {
  return rounded(a.value + b.value, a.bound + b.bound);
}

export function minus(a: Bounded, b: Bounded): Bounded {
  return rounded(a.value - b.value, a.bound + b.bound);
}

export function times(a: Bounded, b: Bounded): Bounded {
  const bound = through(a.bound, b.value) + through(b.bound, a.value) + through(a.bound, b.bound);
  return rounded(a.value * b.value, bound);
}

/** Returns an error times a factor; no error stays none, even times Infinity. */
function through(bound: number, factor: number): number {
  return bound === 0 ? 0 : bound * Math.abs(factor);
}

export function over(a: Bounded, b: Bounded): Bounded {
  const value = a.value / b.value;
  if (b.bound === 0) return rounded(value, a.bound / Math.abs(b.value), DIVISION);
  const least = Math.abs(b.value) - b.bound;
  if (least <= 0) return { value, bound: Number.POSITIVE_INFINITY };
  return rounded(value, (a.bound + through(b.bound, value)) / least, DIVISION);
}

/** Returns e^x, with a relative error of 3 + 2|x| ulp. */
export function exponential({ value: x, bound }: Bounded): Bounded {
  const value = Math.exp(x);
  const error = Number.isFinite(x) ? (3 + 2 * Math.abs(x)) * ULP : 0;
  return rounded(value, bound === 0 ? 0 : Math.exp(x + bound) - value, error);
}

/** Returns ln x; no bound where x may be below 0. */
export function logarithm({ value: x, bound }: Bounded): Bounded {
  const value = Math.log(x);
  if (bound === 0) return rounded(value, logError(x));
  const least = x - bound;
  if (least <= 0) return { value, bound: Number.POSITIVE_INFINITY };
  return rounded(value, bound / least + logError(x), LOG);
}

function logError(x: number): number {
  if (x >= 0.5 && x <= 2) return LOG_NEAR_ONE;
  return Number.isFinite(x) && x > 0 ? LOG * Math.abs(Math.log(x)) : 0;
}

export function inverseRoot({ value: x, bound }: Bounded): Bounded {
  const value = 1 / Math.sqrt(x);
  if (bound === 0) return rounded(value, 0, INVERSE_SQRT);
  const least = x - bound;
  if (least <= 0) return { value, bound: Number.POSITIVE_INFINITY };
  return rounded(value, 1 / Math.sqrt(least) - value, INVERSE_SQRT);
}

/** Returns the square root as the reciprocal of the inverse square root. */
export function root({ value: x, bound }: Bounded): Bounded {
  const value = Math.sqrt(x);
  const spread = Math.sqrt(x + bound) - Math.sqrt(Math.max(0, x - bound));
  return rounded(value, bound === 0 ? 0 : spread, INVERSE_SQRT + DIVISION);
}

/** Returns x^y as e^(y ln x). */
export function power(x: Bounded, y: Bounded): Bounded {
  const { bound } = exponential(times(y, logarithm({ ...x, value: Math.abs(x.value) })));
  return { value: x.value ** y.value, bound };
}

/** Returns sin x or cos x, by `f`. */
export function wave(f: (x: number) => number, { value: x, bound }: Bounded): Bounded {
  const isKnown = Math.abs(x) <= Math.PI || !Number.isFinite(x);
  return { value: f(x), bound: isKnown ? bound + SINE : Number.POSITIVE_INFINITY };
}

/** Returns the arc tangent of y / x, with the signs of both. */
export function arcTangent(y: Bounded, x: Bounded): Bounded {
  const value = Math.atan2(y.value, x.value);
  // The gradient is at most 1 / r at a distance of r from the origin.
  const distance = Math.hypot(y.value, x.value) - y.bound - x.bound;
  const moved = y.bound + x.bound;
  const bound = moved === 0 ? 0 : distance <= 0 ? Number.POSITIVE_INFINITY : moved / distance;
  return rounded(value, bound, ARC_TANGENT);
}

/** Returns a sum in any order of additions: each term passes through at most as many roundings. */
export function sumOf(terms: readonly Bounded[]): Bounded {
  let value = 0;
  let bound = 0;
  let magnitude = 0;
  for (const term of terms) {
    value += term.value;
    bound += term.bound;
    magnitude += Math.abs(term.value);
  }
  return { value, bound: bound + terms.length * (ROUNDING * (magnitude + bound) + TINY) };
}

/** Returns a product in any order of multiplications. */
export function productOf(factors: readonly Bounded[]): Bounded {
  return factors.reduce(times, exactly(1));
}
