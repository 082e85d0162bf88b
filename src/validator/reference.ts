import type { ConvCase } from './convCase.js';
import { filterGradient, inputGradient } from './gradientOracle.js';
import type { CaseInputs, Numbers } from './inputs.js';
import { type Convolved, convolve } from './oracle.js';
import { boundedActivations, sumBound } from './tolerance.js';

/** True result of a case, and bounds on the error of a float32 backend. */
export interface Reference {
  readonly shape: readonly number[];
  readonly values: Float64Array;
  readonly bounds: Float64Array;
  /** 1 where NaN is right as well as the value. */
  readonly orNaN?: Uint8Array;
}

/**
 * Computes the float64 result of a case. Sums of whole numbers are exact in float32, so their bound
 * is zero until an activation rounds: the backend must agree in every bit.
 */
export function reference(c: ConvCase, inputs: CaseInputs): Reference {
  const { shape, values, magnitudes, terms, orNaN } = sumsOf(c, inputs);
  const bounds = new Float64Array(values.length);
  const biasAt = inputs.bias && broadcast(inputs.bias, shape, c.format);
  const slopeAt = inputs.prelu && broadcast(inputs.prelu, shape, c.format);
  const activate = boundedActivations[c.activation ?? 'linear'];
  for (let i = 0; i < values.length; i++) {
    const bias = biasAt?.(i) ?? 0;
    const bound = sumBound(terms + (biasAt ? 1 : 0), magnitudes[i] + Math.abs(bias));
    const value = values[i] + bias;
    const isExact = c.data === 'int' || !Number.isFinite(value);
    const sum = { value, bound: isExact ? 0 : bound };
    const y = activate(sum, slopeAt?.(i) ?? c.alpha ?? 0);
    values[i] = y.value;
    bounds[i] = y.bound;
  }
  return { shape, values, bounds, orNaN };
}

function sumsOf(c: ConvCase, { x, filter, dy }: CaseInputs): Convolved {
  if (c.kernel === 'conv2d' || c.kernel === 'depthwiseConv2d') {
    return convolve(c, x.values, filter.values);
  }
  if (dy == null) throw new Error(`Inputs of ${c.kernel} need dy.`);
  return c.kernel === 'conv2dGradFilter'
    ? filterGradient(c, x.values, dy.values)
    : inputGradient(c, dy.values, filter.values);
}

/**
 * Returns a function that reads the operand's value for element i of an output of rank 4 and this
 * `shape`. The operand is aligned at the last axis and repeated along axes of size 1, but a rank 1
 * operand always belongs to the channels.
 */
function broadcast(
  operand: Numbers,
  shape: readonly number[],
  format: ConvCase['format'],
): (i: number) => number {
  const own =
    format === 'NCHW' && operand.shape.length === 1 ? [...operand.shape, 1, 1] : operand.shape;
  const sizes = [1, 1, 1, 1, ...own].slice(-4);
  return (i) => {
    let at = 0;
    let rest = i;
    for (let axis = 3, step = 1; axis >= 0; axis--) {
      const place = rest % shape[axis];
      rest = (rest - place) / shape[axis];
      if (sizes[axis] !== 1) at += place * step;
      step *= sizes[axis];
    }
    return operand.values[at];
  };
}
