import type { Reference } from './compare.js';
import { type ConvCase, isForward, isOfFilter } from './convCase.js';
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
  const stored = mapped(inputs, toHalf);
  const { shape, values, bounds, orNaN: known } = fullReference(c, stored);
  const { values: sums, magnitudes, terms } = sumsOf(c, stored);
  const slopes = Math.max(1, Math.abs(c.alpha ?? 0), largestOf(stored.prelu));
  const biases = largestOf(stored.bias);
  const largest = Math.max(1, ...Object.values(stored).map(largestOf));
  const orNaN = Uint8Array.from(values, (_, i) => known?.[i] ?? 0);
  // Some rasterisers store NaN where a half float should be Infinity.
  markNaN(orNaN, c, inputs, (value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  const isFree = new Uint8Array(values.length);
  markNaN(isFree, c, inputs, (value) => Number.isFinite(value) && Math.abs(value) > HALF_MOST);
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size === Number.POSITIVE_INFINITY) orNaN[i] = 1;
    if (!Number.isFinite(size)) continue;
    // The sum may be stored before the bias is added, and with it before the activation.
    const sum = Math.abs(sums[i]);
    const isWhole = c.data === 'int' && bounds[i] === 0 && sum + biases <= 1 / HALF_UNIT;
    if (!isWhole) {
      const products = 2 * halfError(magnitudes[i]) + 2 * terms * HALF_TINY * largest;
      const onTheWay = halfError(sum) + halfError(sum + biases);
      bounds[i] += slopes * (products + halfError(biases) + onTheWay) + halfError(size);
    }
    // Whole numbers of up to 11 bits are stored exactly.
    if (!isWhole || size > 1 / HALF_UNIT) bounds[i] += halfError(size);
    if (size + bounds[i] > HALF_MOST) isFree[i] = 1;
  }
  return { shape, values, bounds, orNaN, isFree };
}

function mapped(inputs: CaseInputs, f: (value: number) => number): CaseInputs {
  const change = (numbers: Numbers | null | undefined) =>
    numbers && { values: Float32Array.from(numbers.values, f), shape: numbers.shape };
  const changed = Object.entries(inputs).map(([name, numbers]) => [name, change(numbers)]);
  return Object.fromEntries(changed) as CaseInputs;
}

/** Marks each value of the result that would be NaN if such values of the inputs were. */
function markNaN(
  marks: Uint8Array,
  c: ConvCase,
  inputs: CaseInputs,
  isSuch: (value: number) => boolean,
): void {
  const all: (Numbers | null | undefined)[] = Object.values(inputs);
  if (!all.some((numbers) => numbers?.values.some(isSuch))) return;
  const { values } = fullReference(
    c,
    mapped(inputs, (value) => (isSuch(value) ? Number.NaN : value)),
  );
  for (const [i, value] of values.entries()) if (Number.isNaN(value)) marks[i] = 1;
}

/** Returns the largest absolute value of the finite numbers; 0 if there is none. */
function largestOf(numbers: Numbers | null | undefined): number {
  let largest = 0;
  for (const value of numbers?.values ?? []) {
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
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
  if (isForward(c.kernel)) return convolve(c, x.values, filter.values);
  if (dy == null) throw new Error(`Inputs of ${c.kernel} need dy.`);
  return isOfFilter(c.kernel)
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
