import type { ConvCase } from './convCase.js';

/**
 * Unit roundoff of float32, half the distance from 1 to the next float32: the largest relative
 * error of rounding to nearest.
 */
export const UNIT = 2 ** -24;

/**
 * Number of units that one operation may lose: up to two, because a GPU may cut digits off instead
 * of rounding to nearest.
 */
export const UNITS_PER_OPERATION = 2;

/** Unit roundoff of a half float, of 11 bits. */
export const HALF_UNIT = 2 ** -11;

/** Smallest half float above zero: the distance between the half floats below 2^-14. */
export const HALF_TINY = 2 ** -24;

/** Largest half float. Devices store Infinity, NaN or this number instead of a larger one. */
export const HALF_MOST = 65504;

/** Returns the error of storing a value as a half float: up to two units, as for any operation. */
export function halfError(magnitude: number): number {
  return UNITS_PER_OPERATION * HALF_UNIT * magnitude + HALF_TINY;
}

/** Returns the half float nearest to a number, even in a tie; Infinity beyond the largest one. */
export function toHalf(value: number): number {
  const size = Math.abs(value);
  if (!(size < Number.POSITIVE_INFINITY) || size === 0) return value;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const step = 2 ** (exponent - 10);
  const steps = size / step;
  const below = Math.floor(steps);
  const rest = steps - below;
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  const rounded = (isUp ? below + 1 : below) * step;
  return Math.sign(value) * (rounded > HALF_MOST ? Number.POSITIVE_INFINITY : rounded);
}

/** Smallest normal float32: a GPU may flush anything below it to zero. */
export const TINY = 2 ** -126;

/**
 * Returns the bound on the error of a sum of `terms` float32 products, added in any order: each
 * term passes through at most `terms` roundings, so the error is at most terms * unit * sum|x * w|
 * (N. Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
 */
export function sumBound(terms: number, magnitude: number): number {
  return terms * (UNITS_PER_OPERATION * UNIT * magnitude + TINY);
}

/** A true value, and the bound on a float32 result's distance from it. */
export interface Bounded {
  readonly value: number;
  readonly bound: number;
}

/**
 * Activation applied to a value known to within its bound. `slope` is the prelu weight or leakyrelu
 * alpha; the other activations ignore it.
 */
export type BoundedActivation = (x: Bounded, slope: number) => Bounded;

const ROUNDING = UNITS_PER_OPERATION * UNIT;

/**
 * Returns the relative error of float32 exp(x), 3 + 2|x| ulp as the Vulkan specification allows.
 */
function expError(x: number): number {
  return (3 + 2 * Math.abs(x)) * 2 * UNIT;
}

/** Relative error of a float32 division: 2.5 ulp, as the Vulkan specification allows. */
const DIVISION_ERROR = 2.5 * 2 * UNIT;

/**
 * Computes prelu and leakyrelu. Both the slope and its product with the value may have been rounded
 * to float32.
 */
const leaky: BoundedActivation = ({ value, bound }, slope) => {
  if (value - bound >= 0) return { value, bound };
  const scaled = slope * value;
  const exact = bound === 0 && isFloat32(slope) && isFloat32(scaled);
  return {
    value: value < 0 ? scaled : value,
    bound: exact
      ? 0
      : bound * Math.max(1, Math.abs(slope)) + 2 * ROUNDING * Math.abs(scaled) + TINY,
  };
};

function isFloat32(value: number): boolean {
  return Math.fround(value) === value;
}

export const boundedActivations: Record<NonNullable<ConvCase['activation']>, BoundedActivation> = {
  linear: (x) => x,
  relu: ({ value, bound }) => ({ value: Math.max(0, value), bound }),
  relu6: ({ value, bound }) => ({ value: Math.min(Math.max(0, value), 6), bound }),
  prelu: leaky,
  leakyrelu: leaky,
  elu: ({ value, bound }) => {
    if (value - bound >= 0) return { value, bound };
    const below = Math.min(0, value);
    return {
      value: value < 0 ? Math.expm1(value) : value,
      bound: bound + expError(below) * Math.exp(below) + ROUNDING,
    };
  },
  sigmoid: ({ value, bound }) => {
    const y = 1 / (1 + Math.exp(-value));
    return {
      value: y,
      bound: bound / 4 + y * ((1 - y) * expError(value) + ROUNDING + DIVISION_ERROR) + TINY,
    };
  },
};
