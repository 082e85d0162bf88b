import type { Reference } from './compare.js';
import type { ConvCase } from './convCase.js';
import type { CaseInputs } from './convInputs.js';
import { filterGradient, inputGradient } from './gradientOracle.js';
import type { Numbers } from './numbers.js';
import { type Convolved, convolve } from './oracle.js';
import {
  boundedActivations,
  HALF_MOST,
  HALF_TINY,
  HALF_UNIT,
  halfError,
  sumBound,
  toHalf,
} from './tolerance.js';

/** Floats in which a backend stores tensors; it sums in float32. */
export type StoredPrecision = 'float32' | 'half';

/**
 * Computes the float64 result of a convolution. Sums of whole numbers are exact in float32, so their bound
 * is zero until an activation rounds: the backend must agree in every bit.
 *
 * With half floats, every tensor is rounded when it is stored: both factors of each product, what is
 * added, the slope, and the result.
 */
export function convReference(
  c: ConvCase,
  inputs: CaseInputs,
  precision: StoredPrecision = 'float32',
): Reference {
  return precision === 'half' ? halfReference(c, inputs) : fullReference(c, inputs);
}

function halfReference(c: ConvCase, inputs: CaseInputs): Reference {
  const stored = Object.fromEntries(
    Object.entries(inputs).map(([name, numbers]) => [name, numbers && asHalf(numbers)]),
  ) as unknown as CaseInputs;
  const { shape, values, bounds, orNaN: known } = fullReference(c, stored);
  const { magnitudes, terms } = sumsOf(c, stored);
  const slopes = Math.max(1, Math.abs(c.alpha ?? 0), ...magnitudesOf(stored.prelu));
  const biases = Math.max(0, ...magnitudesOf(stored.bias));
  const largest = Math.max(1, ...Object.values(stored).flatMap(magnitudesOf));
  const isBeyond = Object.values(inputs).some((numbers) =>
    magnitudesOf(numbers).some((value) => value > HALF_MOST),
  );
  const orNaN = known ?? new Uint8Array(values.length);
  const isFree = new Uint8Array(values.length).fill(isBeyond ? 1 : 0);
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    // Some rasterisers draw NaN where a half float should be Infinity.
    if (size === Number.POSITIVE_INFINITY) orNaN[i] = 1;
    if (!Number.isFinite(size)) continue;
    // Whole numbers of up to 11 bits are stored exactly.
    const isExact = c.data === 'int' && bounds[i] === 0;
    if (!isExact) {
      const products = 2 * halfError(magnitudes[i]) + 2 * terms * HALF_TINY * largest;
      bounds[i] += slopes * (products + halfError(biases)) + halfError(size);
    }
    if (!isExact || size > 1 / HALF_UNIT) bounds[i] += halfError(size);
    if (size + bounds[i] > HALF_MOST) isFree[i] = 1;
  }
  return { shape, values, bounds, orNaN, isFree };
}

function asHalf({ values, shape }: Numbers): Numbers {
  return { values: Float32Array.from(values, toHalf), shape };
}

function magnitudesOf(numbers: Numbers | null | undefined): number[] {
  return numbers ? Array.from(numbers.values, Math.abs).filter(Number.isFinite) : [];
}

function fullReference(c: ConvCase, inputs: CaseInputs): Reference {
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
