/** Choice between the values of two tensors, and conversion of types. */
import * as tf from '@tensorflow/tfjs-core';
import type { NumbersType } from '../numbers.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelRow } from './kernelRow.js';
import { broadcastReader, broadcastShape, defined, type Shape } from './shapes.js';

/** Returns the shape that the condition and both tensors broadcast to, or null. */
function chosenShape({ in: a, b, condition }: KernelCase): Shape | null {
  const both = broadcastShape(a, b!);
  return both && broadcastShape(both, condition!);
}

const where: KernelRow = {
  family: 'select',
  kernel: tf.Select,
  required: ['b', 'condition'],
  optional: ['type'],
  operands: (c) => [
    { name: 'a', shape: c.in, dtype: c.type },
    { name: 'b', shape: c.b!, dtype: c.type },
    { name: 'condition', shape: c.condition!, dtype: 'bool' },
  ],
  run: (_, { a, b, condition }) => tf.where(condition, a, b),
  define: (c, { a, b, condition }) => {
    const [left, right, isLeft] = [a, b, condition].map(broadcastReader);
    return defined(
      chosenShape(c)!,
      (index) => (isLeft(index) === 1 ? left(index) : right(index)),
      c.type,
    );
  },
  contradiction: (c) => (chosenShape(c) === null ? 'in, b and cond do not broadcast' : null),
};

/** Returns a value as a tensor of a type holds it: int32 has no fractions, bool only 0 and 1. */
function converted(value: number, to: NumbersType): number {
  if (to === 'int32') return Math.trunc(value);
  return to === 'bool' ? Number(value !== 0) : value;
}

const cast: KernelRow = {
  family: 'cast',
  kernel: tf.Cast,
  required: ['to'],
  optional: ['type'],
  operands: (c) => [{ name: 'x', shape: c.in, dtype: c.type }],
  run: (c, { x }) => tf.cast(x, c.to!),
  define: (c, { x }) => ({
    shape: c.in,
    dtype: c.to,
    elements: Array.from(x.values, (value) => ({ value: converted(value, c.to!), bound: 0 })),
  }),
  contradiction: (c) =>
    c.to !== 'float32' && c.data !== undefined && !['int', 'wide', 'zero'].includes(c.data)
      ? `to=${c.to} needs numbers that ${c.to} has`
      : null,
};

export const chooseRows = { where, cast };
