/** Reductions along axes. */
import * as tf from '@tensorflow/tfjs-core';
import type { Bounded } from '../tolerance.js';
import { exactly, over, productOf, sumOf } from './bounded.js';
import type { KernelCase } from './kernelCase.js';
import type { KernelRow } from './kernelRow.js';
import { defined, faultOfAxes, indicesOf, otherAxes, reader } from './shapes.js';

type Reduction = (values: readonly number[], c: KernelCase) => Bounded;

/** Whole numbers, whose sums and products are exact. */
const isWhole = (c: KernelCase) => c.data === 'int' || c.type !== undefined;

/** Returns a result that is exact for whole numbers. */
const unlessWhole =
  (f: (terms: readonly Bounded[]) => Bounded): Reduction =>
  (values, c) => {
    const y = f(values.map(exactly));
    return isWhole(c) ? exactly(y.value) : y;
  };

const mean: Reduction = (values) => over(sumOf(values.map(exactly)), exactly(values.length));

/** Returns the place of the first value that none exceeds by `sign`. */
const firstOf =
  (sign: 1 | -1): Reduction =>
  (values) =>
    exactly(values.reduce((best, value, i) => (sign * (value - values[best]) > 0 ? i : best), 0));

interface Reducing {
  readonly kernel: string;
  readonly f: Reduction;
  readonly takes?: 'bool';
  /** Type of the result, if it is not that of the input. */
  readonly result?: 'float32' | 'int32';
}

function row(reducing: Reducing, run: KernelRow['run'], isOfOneAxis = false): KernelRow {
  const { kernel, f, takes, result } = reducing;
  const axesOf = (c: KernelCase) => (isOfOneAxis ? [c.axis!] : (c.axes ?? c.in.map((_, i) => i)));
  return {
    family: 'reduce',
    kernel,
    required: isOfOneAxis ? ['axis'] : [],
    optional: isOfOneAxis ? ['type'] : ['axes', 'keepDims', ...(takes ? [] : ['type' as const])],
    operands: (c) => [{ name: 'x', shape: c.in, dtype: takes ?? c.type }],
    run,
    define: (c, { x }) => {
      const axes = axesOf(c);
      const kept = otherAxes(c.in.length, axes);
      const inner = indicesOf(axes.map((axis) => c.in[axis]));
      const read = reader(x);
      const outer = (axis: number) => (axes.includes(axis) ? 1 : c.in[axis]);
      const shape = c.keepDims ? c.in.map((_, axis) => outer(axis)) : kept.map(outer);
      return defined(
        shape,
        (index) => {
          const place = (within: readonly number[]) =>
            c.in.map((_, axis) => {
              const own = axes.indexOf(axis);
              return own >= 0 ? within[own] : index[c.keepDims ? axis : kept.indexOf(axis)];
            });
          return f(
            inner.map((within) => read(place(within))),
            c,
          );
        },
        result ?? takes ?? c.type,
      );
    },
    contradiction: (c) => {
      const name = isOfOneAxis ? 'axis' : 'axes';
      if (isOfOneAxis && c.in.includes(0)) return 'the sizes of in must be at least 1';
      return faultOfAxes(name, axesOf(c), c.in.length);
    },
  };
}

type Op = (x: tf.Tensor, axes?: number[], keepDims?: boolean) => tf.Tensor;

const alongAxes = (reducing: Reducing, op: Op): KernelRow =>
  row(reducing, (c, { x }) => op(x, c.axes && [...c.axes], c.keepDims));

const alongOne = (kernel: string, f: Reduction, op: (x: tf.Tensor, axis: number) => tf.Tensor) =>
  row({ kernel, f, result: 'int32' }, (c, { x }) => op(x, c.axis!), true);

export const reduceRows: Record<string, KernelRow> = {
  sum: alongAxes({ kernel: tf.Sum, f: unlessWhole(sumOf) }, tf.sum),
  mean: alongAxes({ kernel: tf.Mean, f: mean, result: 'float32' }, tf.mean),
  prod: alongAxes({ kernel: tf.Prod, f: unlessWhole(productOf) }, tf.prod),
  max: alongAxes({ kernel: tf.Max, f: (values) => exactly(Math.max(...values)) }, tf.max),
  min: alongAxes({ kernel: tf.Min, f: (values) => exactly(Math.min(...values)) }, tf.min),
  all: alongAxes(
    { kernel: tf.All, f: (values) => exactly(Number(!values.includes(0))), takes: 'bool' },
    tf.all,
  ),
  any: alongAxes(
    { kernel: tf.Any, f: (values) => exactly(Number(values.includes(1))), takes: 'bool' },
    tf.any,
  ),
  argMax: alongOne(tf.ArgMax, firstOf(1), tf.argMax),
  argMin: alongOne(tf.ArgMin, firstOf(-1), tf.argMin),
};
