/** Element-wise kernels of two tensors, which broadcast against each other. */
import * as tf from '@tensorflow/tfjs-core';
import { between, type Draw } from '../draws.js';
import { integers } from '../random.js';
import { type Bounded, boundedActivations, TINY } from '../tolerance.js';
import { anything, arcTangent, exactly, minus, over, plus, power, times } from './bounded.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelFamily, KernelRow } from './kernelRow.js';
import { broadcastReader, broadcastShape, defined } from './shapes.js';

type BoundedFunction = (a: number, b: number) => Bounded;

interface Binary {
  readonly kernel: string;
  op(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  readonly f: BoundedFunction;
  readonly family?: KernelFamily;
  readonly takes?: 'bool';
  /** Type of the result, if it is that of neither the family nor the input. */
  readonly result?: 'int32';
  /** Draws the usual values of a and of b. */
  readonly draws?: readonly [Draw | undefined, Draw | undefined];
  /** True if b is not 0 among whole numbers. */
  readonly divides?: boolean;
  /** True if whole numbers give whole numbers, which must be exact. */
  readonly isWhole?: boolean;
  /** True if the shape of the result must be that of a. */
  readonly keepsShape?: boolean;
}

/** Returns a comparison, whose result is exact. */
const compares =
  (f: (a: number, b: number) => boolean): BoundedFunction =>
  (a, b) =>
    exactly(Number(f(a, b)));

/** Makes a bounded function of one on plain numbers. */
const ofNumbers =
  (f: (a: Bounded, b: Bounded) => Bounded): BoundedFunction =>
  (a, b) =>
    f(exactly(a), exactly(b));

/**
 * Returns the largest whole number that is not above a / b. Where the quotient is within its error
 * of a whole number, the one below is right as well.
 */
const floorDiv: BoundedFunction = (a, b) => {
  const { value, bound } = over(exactly(a), exactly(b));
  const floor = Math.floor(value);
  if (!Number.isFinite(value) || bound === 0) return exactly(floor);
  const isClear = Math.floor(value - bound) === Math.floor(value + bound);
  return isClear ? exactly(floor) : { value: floor, bound: 1 };
};

/** Returns a - b * floor(a / b), which has the sign of b. */
const mod: BoundedFunction = (a, b) => {
  const { value: floor, bound } = floorDiv(a, b);
  if (!Number.isFinite(floor)) return exactly(Number.NaN);
  const product = times(exactly(floor), exactly(b));
  const rest = minus(exactly(a), product);
  // The exact remainder, which the difference of the rounded product may miss.
  const value = a % b === 0 || a < 0 === b < 0 ? a % b : (a % b) + b;
  return bound > 0 ? anything : { value, bound: rest.bound };
};

const positive = between(0.1, 4);
const apartFromZero: Draw = (next, count) =>
  between(-1, 1)(next, count).map((value) => value + (value < 0 ? -0.5 : 0.5));

/** Draws whole numbers from -4 to 5 without 0. */
const wholeApartFromZero: Draw = (next, count) =>
  integers(next, count, 4).map((value) => (value < 0 ? value : value + 1));

const compare = { family: 'compare' } as const;
const logical = { family: 'logical', takes: 'bool' } as const;

const kernels = {
  add: { kernel: tf.Add, op: tf.add, f: ofNumbers(plus), isWhole: true },
  atan2: { kernel: tf.Atan2, op: tf.atan2, f: ofNumbers(arcTangent) },
  div: { kernel: tf.RealDiv, op: tf.div, f: ofNumbers(over), draws: [undefined, apartFromZero] },
  equal: { kernel: tf.Equal, op: tf.equal, f: compares((a, b) => a === b), ...compare },
  floorDiv: {
    kernel: tf.FloorDiv,
    op: tf.floorDiv,
    result: 'int32',
    f: floorDiv,
    draws: [between(-9, 9), apartFromZero],
    divides: true,
    isWhole: true,
  },
  greater: { kernel: tf.Greater, op: tf.greater, f: compares((a, b) => a > b), ...compare },
  greaterEqual: {
    kernel: tf.GreaterEqual,
    op: tf.greaterEqual,
    f: compares((a, b) => a >= b),
    ...compare,
  },
  less: { kernel: tf.Less, op: tf.less, f: compares((a, b) => a < b), ...compare },
  lessEqual: { kernel: tf.LessEqual, op: tf.lessEqual, f: compares((a, b) => a <= b), ...compare },
  logicalAnd: {
    kernel: tf.LogicalAnd,
    op: tf.logicalAnd,
    f: compares((a, b) => a !== 0 && b !== 0),
    ...logical,
  },
  logicalOr: {
    kernel: tf.LogicalOr,
    op: tf.logicalOr,
    f: compares((a, b) => a !== 0 || b !== 0),
    ...logical,
  },
  maximum: { kernel: tf.Maximum, op: tf.maximum, f: (a, b) => exactly(Math.max(a, b)) },
  minimum: { kernel: tf.Minimum, op: tf.minimum, f: (a, b) => exactly(Math.min(a, b)) },
  mod: {
    kernel: tf.Mod,
    op: tf.mod,
    f: mod,
    draws: [between(-9, 9), apartFromZero],
    divides: true,
    isWhole: true,
  },
  mul: { kernel: tf.Multiply, op: tf.mul, f: ofNumbers(times), isWhole: true },
  notEqual: { kernel: tf.NotEqual, op: tf.notEqual, f: compares((a, b) => a !== b), ...compare },
  pow: { kernel: tf.Pow, op: tf.pow, f: ofNumbers(power), draws: [positive, between(-3, 3)] },
  prelu: {
    kernel: tf.Prelu,
    op: (x, alpha) => tf.prelu(x, alpha),
    f: (x, alpha) => boundedActivations.prelu(exactly(x), alpha),
    keepsShape: true,
  },
  squaredDifference: {
    kernel: tf.SquaredDifference,
    op: tf.squaredDifference,
    f: ofNumbers((a, b) => times(minus(a, b), minus(a, b))),
    isWhole: true,
  },
  sub: { kernel: tf.Sub, op: tf.sub, f: ofNumbers(minus), isWhole: true },
} as const satisfies Record<string, Binary>;

/**
 * Adds to a bound what changes if a device flushes inputs below 2^-126 to zero, everywhere or only
 * where it compares.
 */
function withFlushing(f: BoundedFunction, a: number, b: number): Bounded {
  const y = f(a, b);
  const flush = (x: number) => (x !== 0 && Math.abs(x) < TINY ? 0 : x);
  if (Object.is(flush(a), a) && Object.is(flush(b), b)) return y;
  const others = [f(flush(a), b), f(a, flush(b)), f(flush(a), flush(b))];
  if (![y, ...others].every(({ value }) => Number.isFinite(value))) return anything;
  const bounds = others.map(({ value, bound }) => Math.abs(value - y.value) + bound);
  return { value: y.value, bound: Math.max(y.bound, ...bounds) + 2 * TINY };
}

function row(binary: Binary): KernelRow {
  const {
    kernel,
    op,
    f,
    family = 'binary',
    takes,
    result,
    draws,
    divides,
    isWhole,
    keepsShape,
  } = binary;
  const isBool = family !== 'binary';
  const at = (c: KernelCase, a: number, b: number): Bounded => {
    const y = withFlushing(f, a, b);
    return (c.data === 'int' || c.type === 'int32') && isWhole ? { value: y.value, bound: 0 } : y;
  };
  return {
    family,
    kernel,
    required: ['b'],
    optional: takes === undefined ? ['type'] : [],
    operands: (c) =>
      [c.in, c.b!].map((shape, i) => ({
        name: 'ab'[i],
        shape,
        dtype: takes ?? c.type,
        draw: draws?.[i],
        whole: divides && i === 1 ? wholeApartFromZero : undefined,
      })),
    run: (_, { a, b }) => op(a, b),
    define: (c, { a, b }) => {
      const [left, right] = [broadcastReader(a), broadcastReader(b)];
      return defined(
        broadcastShape(c.in, c.b!)!,
        (index) => at(c, left(index), right(index)),
        result ?? (isBool ? 'bool' : c.type),
      );
    },
    contradiction: (c) => {
      const shape = broadcastShape(c.in, c.b!);
      if (shape === null) return `in=${c.in.join('x')} and b=${c.b!.join('x')} do not broadcast`;
      return keepsShape && shape.join() !== c.in.join() ? 'b must not enlarge in' : null;
    },
  };
}

export const binaryRows = Object.fromEntries(
  Object.entries(kernels).map(([name, binary]) => [name, row(binary)]),
) as Record<keyof typeof kernels, KernelRow>;
