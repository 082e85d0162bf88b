import type { ConvCase } from './convCase.js';

/** Half the distance from 1 to the next float32: what rounding to nearest may lose, relatively. */
export const UNIT = 2 ** -24;

/** A GPU may cut digits off instead of rounding to nearest, which loses up to two units. */
export const UNITS_PER_OPERATION = 2;

/** The smallest normal float32: a GPU may flush anything below it to zero. */
export const TINY = 2 ** -126;

/**
 * How far a sum of `terms` float32 products may be from the true one, in whatever order it is
 * added: each term passes through at most `terms` roundings, so the error is at most
 * terms * unit * sum|x * w| (N. Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
 */
export function sumBound(terms: number, magnitude: number): number {
  return terms * (UNITS_PER_OPERATION * UNIT * magnitude + TINY);
}

/** A true value, and how far from it a float32 result may lie. */
export interface Bounded {
  readonly value: number;
  readonly bound: number;
}

/**
 * An activation of a value known to within its bound. `slope` is the prelu weight or leakyrelu
 * alpha; the others ignore it.
 */
export type BoundedActivation = (x: Bounded, slope: number) => Bounded;

const ROUNDING = UNITS_PER_OPERATION * UNIT;

/** The error of exp(x) in float32, relative: 3 + 2|x| ulp, as the Vulkan specification allows. */
function expError(x: number): number {
  return (3 + 2 * Math.abs(x)) * 2 * UNIT;
}

/** The error of a float32 division, relative: 2.5 ulp, as the Vulkan specification allows. */
const DIVISION_ERROR = 2.5 * 2 * UNIT;

/** The slope may have been rounded to float32 as well as its product with the value. */
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
