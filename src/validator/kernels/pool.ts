/** Pools, by tf.maxPool and tf.avgPool, or by tf.pool where they are dilated. */
import * as tf from '@tensorflow/tfjs-core';
import type { Numbers } from '../numbers.js';
import { outputOf } from '../oracle.js';
import type { Bounded } from '../tolerance.js';
import { anything, exactly, over, sumOf } from './bounded.js';
import type { KernelCase } from './kernelCase.js';
import type { Defined, KernelRow } from './kernelRow.js';
import { defined, reader } from './shapes.js';

export type Shape4 = readonly [number, number, number, number];

interface Geometry {
  readonly in: Shape4;
  readonly filter: Shape4;
  readonly stride: readonly [number, number];
  readonly pad: NonNullable<KernelCase['pad']>;
  readonly dilation: readonly [number, number];
  readonly rounding: KernelCase['rounding'];
}

function geometryOf({ in: shape, window, stride, pad, dilation, rounding }: KernelCase): Geometry {
  return {
    in: shape as unknown as Shape4,
    filter: [...window!, 1, 1],
    stride: stride!,
    pad: pad!,
    dilation: dilation ?? [1, 1],
    rounding,
  };
}

/** Returns the shape of a pool's result, and the places that a window has inside the image. */
export function windowsOf(c: KernelCase) {
  const g = geometryOf(c);
  const { rows, cols, top, left } = outputOf(g);
  const [batch, height, width, depth] = g.in;
  const inside = ([n, r, q, d]: readonly number[]): (readonly number[])[] => {
    const places: (readonly number[])[] = [];
    for (let i = 0; i < g.filter[0]; i++) {
      const row = r * g.stride[0] + i * g.dilation[0] - top;
      for (let j = 0; j < g.filter[1]; j++) {
        const col = q * g.stride[1] + j * g.dilation[1] - left;
        if (row < 0 || row >= height || col < 0 || col >= width) continue;
        places.push([n, row, col, d]);
      }
    }
    return places;
  };
  return { shape: [batch, rows, cols, depth], inside };
}

/** Computes a pool from the values that each window has inside the image. */
function poolOf(c: KernelCase, x: Numbers, f: (inside: readonly number[]) => Bounded): Defined {
  const { shape, inside } = windowsOf(c);
  const read = reader(x);
  return defined(shape, (index) => {
    const values = inside(index).map(read);
    return values.length === 0 ? anything : f(values);
  });
}

/** Returns the largest number; tfjs takes no NaN, unless there is nothing else. */
function largest(inside: readonly number[]): Bounded {
  const numbers = inside.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? anything : exactly(Math.max(...numbers));
}

/** Returns the mean of what lies inside the image. */
function mean(inside: readonly number[]): Bounded {
  return over(sumOf(inside.map(exactly)), exactly(inside.length));
}

function contradictionIn(c: KernelCase): string | null {
  if (c.in.length !== 4 || c.in.includes(0)) return 'in must have four sizes of at least 1';
  const g = geometryOf(c);
  if ([...g.filter, ...g.stride, ...g.dilation].includes(0)) {
    return 'f, stride and dil must be at least 1';
  }
  const isDilated = Math.max(...g.dilation) > 1;
  // tf.pool pads an image with zeros before it dilates, which a pool without dilation does not.
  if (isDilated && (g.pad !== 'valid' || Math.max(...g.stride) > 1)) {
    return 'dil needs stride=1 and pad=valid';
  }
  if (g.rounding !== undefined && typeof g.pad === 'string') {
    return `round=${g.rounding} needs a pad in numbers, not pad=${g.pad}`;
  }
  const { rows, cols } = outputOf(g);
  return rows < 1 || cols < 1 ? `the output would be ${rows}x${cols}` : null;
}

function tfjsPad(pad: NonNullable<KernelCase['pad']>) {
  if (typeof pad !== 'object') return pad;
  const [top, bottom, left, right] = pad;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as tf.backend_util.ExplicitPadding;
}

function row(type: 'max' | 'avg', f: (inside: readonly number[]) => Bounded): KernelRow {
  const op = type === 'max' ? tf.maxPool : tf.avgPool;
  return {
    family: 'pool',
    kernel: type === 'max' ? tf.MaxPool : tf.AvgPool,
    required: ['window', 'stride', 'pad'],
    optional: ['dilation', 'rounding'],
    operands: (c) => [{ name: 'x', shape: c.in }],
    run: (c, { x }) => {
      const { filter, stride, pad, dilation, rounding } = geometryOf(c);
      const [image, window] = [x as tf.Tensor4D, [filter[0], filter[1]] as [number, number]];
      return c.dilation === undefined
        ? op(image, window, [...stride], tfjsPad(pad), rounding)
        : tf.pool(image, window, type, tfjsPad(pad), [...dilation], [...stride], rounding);
    },
    define: (c, { x }) => poolOf(c, x, f),
    contradiction: contradictionIn,
  };
}

export const poolRows = { maxPool: row('max', largest), avgPool: row('avg', mean) };
