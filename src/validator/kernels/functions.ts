/**
 * Functions of one number, in float64, with bounds. A bound is that of the formula from which the
 * Vulkan specification inherits the function's precision, or of the formula that defines it.
 */
import { type Bounded, boundedActivations } from '../tolerance.js';
import {
  anything,
  arcTangent,
  exactly,
  exponential,
  inverseRoot,
  logarithm,
  minus,
  over,
  plus,
  root,
  rounded,
  times,
  wave,
} from './bounded.js';

export type BoundedFunction = (x: number, ...args: number[]) => Bounded;

const ONE = exactly(1);
const HALF = exactly(0.5);

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** Error of Abramowitz and Stegun's 7.1.26, the formula by which backends compute erf. */
const ERF_FORMULA_ERROR = 1.5e-7;

/** Returns a function whose result float32 has. */
export const exact =
  (f: (x: number, ...args: number[]) => number): BoundedFunction =>
  (x, ...args) =>
    exactly(f(x, ...args));

/** Returns a function with the bound of a formula that has the same result. */
const likeFormula =
  (f: (x: number) => number, formula: (x: Bounded) => Bounded): BoundedFunction =>
  (x) => ({ value: f(x), bound: formula(exactly(x)).bound });

const negative = ({ value, bound }: Bounded): Bounded => ({ value: -value, bound });
const square = (x: Bounded) => times(x, x);

/** Returns the nearest whole number, the even one of two. */
function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return x - down < 0.5 ? down : Math.ceil(x);
  return down % 2 === 0 ? down : down + 1;
}

/**
 * Returns erf(x): its Maclaurin series, or 1 - erfc(x) by the continued fraction of erfc
 * (Abramowitz and Stegun, 7.1.5 and 7.1.14).
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size > 6) return Math.sign(x);
  if (size < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 80; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = size;
  for (let n = 60; n > 0; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction));
}

/** Bounds erf by the formula 1 - polynomial(t) * e^(-x^2), with t = 1 / (1 + p * |x|). */
const erfFunction: BoundedFunction = (x) => {
  const size = exactly(Math.abs(x));
  const t = over(ONE, plus(ONE, times(exactly(0.3275911), size)));
  const polynomial = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592].reduce(
    (sum, factor) => times(plus(sum, exactly(factor)), t),
    exactly(0),
  );
  const { bound } = minus(ONE, times(polynomial, exponential(negative(square(size)))));
  return { value: erf(x), bound: bound + ERF_FORMULA_ERROR };
};

/** Bounds e^x - 1 by the difference, whatever the size of x. */
const expm1 = likeFormula(Math.expm1, (x) => minus(exponential(x), ONE));

/** Bounds tanh by (1 - e^(-2|x|)) / (1 + e^(-2|x|)), which saturates as tanh does. */
function tanhFormula(x: Bounded): Bounded {
  const e = exponential(exactly(-2 * Math.abs(x.value)));
  return over(minus(ONE, e), plus(ONE, e));
}

const softplus = (x: number) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));

const leakyRelu: BoundedFunction = (x, alpha) => boundedActivations.leakyrelu(exactly(x), alpha);

/** Functions by the name of tfjs's op. */
export const functions = {
  abs: exact(Math.abs),
  acos: likeFormula(Math.acos, (x) => arcTangent(root(minus(ONE, square(x))), x)),
  acosh: likeFormula(Math.acosh, (x) => logarithm(plus(x, root(minus(square(x), ONE))))),
  asin: likeFormula(Math.asin, (x) => arcTangent(x, root(minus(ONE, square(x))))),
  asinh: likeFormula(Math.asinh, (x) => logarithm(plus(x, root(plus(square(x), ONE))))),
  atan: likeFormula(Math.atan, (x) => arcTangent(x, ONE)),
  atanh: likeFormula(Math.atanh, (x) =>
    times(minus(logarithm(plus(ONE, x)), logarithm(minus(ONE, x))), HALF),
  ),
  ceil: exact(Math.ceil),
  clipByValue: exact((x, low, high) => Math.min(Math.max(x, Math.fround(low)), Math.fround(high))),
  cos: (x) => wave(Math.cos, exactly(x)),
  cosh: likeFormula(Math.cosh, (x) => {
    const e = exponential(x);
    return times(plus(e, over(ONE, e)), HALF);
  }),
  elu: (x) => (x >= 0 ? exactly(x) : expm1(x)),
  erf: erfFunction,
  exp: (x) => exponential(exactly(x)),
  expm1,
  floor: exact(Math.floor),
  isFinite: exact((x) => Number(Number.isFinite(x))),
  isInf: exact((x) => Number(Math.abs(x) === Number.POSITIVE_INFINITY)),
  isNaN: exact((x) => Number(Number.isNaN(x))),
  leakyRelu,
  log: (x) => logarithm(exactly(x)),
  log1p: likeFormula(Math.log1p, (x) => logarithm(plus(ONE, x))),
  logicalNot: exact((x) => Number(x === 0)),
  neg: exact((x) => -x),
  reciprocal: (x) => over(ONE, exactly(x)),
  relu: exact((x) => Math.max(0, x)),
  relu6: exact((x) => Math.min(Math.max(0, x), 6)),
  round: exact(roundHalfToEven),
  rsqrt: (x) => inverseRoot(exactly(x)),
  selu: (x) => {
    if (x >= 0) return times(rounded(SELU_SCALE), exactly(x));
    return times(rounded(SELU_SCALE * SELU_ALPHA), expm1(x));
  },
  sigmoid: (x) => over(ONE, plus(ONE, exponential(exactly(-x)))),
  // tfjs gives NaN the sign 0.
  sign: exact((x) => Math.sign(x) || 0),
  sin: (x) => wave(Math.sin, exactly(x)),
  sinh: likeFormula(Math.sinh, (x) => {
    const e = exponential(x);
    return times(minus(e, over(ONE, e)), HALF);
  }),
  softplus: likeFormula(softplus, (x) => logarithm(plus(ONE, exponential(x)))),
  sqrt: (x) => root(exactly(x)),
  square: (x) => square(exactly(x)),
  step: exact((x, alpha) => (Number.isNaN(x) ? x : x > 0 ? 1 : Math.fround(alpha))),
  tan: (x) => {
    const [sine, cosine] = [wave(Math.sin, exactly(x)), wave(Math.cos, exactly(x))];
    return { ...over(sine, cosine), value: Math.tan(x) };
  },
  tanh: likeFormula(Math.tanh, tanhFormula),
} as const satisfies Record<string, BoundedFunction>;

/**
 * Returns a function's bounded result for an input that a device may have flushed to zero, as
 * float32 below 2^-126 may be, everywhere or only where it compares.
 */
export function withFlushing(f: (x: number) => Bounded, x: number, tiny: number): Bounded {
  const y = f(x);
  if (x === 0 || !(Math.abs(x) < tiny)) return y;
  const flushed = f(0);
  const isContinuous = Number.isFinite(y.value) && Number.isFinite(flushed.value);
  if (!isContinuous) return anything;
  const bound = Math.max(y.bound, Math.abs(y.value - flushed.value) + flushed.bound);
  return { value: y.value, bound: bound + Math.abs(x) };
}
