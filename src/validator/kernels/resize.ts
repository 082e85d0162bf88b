/** Resizes of images. */
import * as tf from '@tensorflow/tfjs-core';
import { type Bounded, UNIT, UNITS_PER_OPERATION } from '../tolerance.js';
import { anything, exactly, minus, plus, times } from './bounded.js';
import type { KernelCase } from './kernelCase.js';
import type { Defined, KernelInputs, KernelRow } from './kernelRow.js';
import { defined, reader } from './shapes.js';

/** Number of operations that make a coordinate: a division, a product, a sum, a difference. */
const COORDINATE_OPERATIONS = 4;

type Read = (index: readonly number[]) => number;

/**
 * Returns the coordinate in the source of place `to` of `after`, before any clamping, with the error
 * of its computation: none where every intermediate result is a float32 number.
 */
export function coordinate(c: KernelCase, before: number, after: number, to: number): Bounded {
  const isAligned = c.alignCorners && after > 1;
  const scale = isAligned ? (before - 1) / (after - 1) : before / after;
  const place = c.halfPixelCenters ? to + 0.5 : to;
  const product = scale * place;
  const isNearest = c.kernel.startsWith('resizeNearestNeighbor');
  const value = c.halfPixelCenters && !isNearest ? product - 0.5 : product;
  const isExact = [scale, product, value].every((number) => Math.fround(number) === number);
  const size = Math.max(product, 1);
  const error = COORDINATE_OPERATIONS * UNITS_PER_OPERATION * UNIT * size;
  return { value, bound: isExact ? 0 : error };
}

/** Returns the first and the last source pixel that a coordinate may mean within its error. */
export function nearest(c: KernelCase, at: Bounded, before: number): readonly [number, number] {
  const round = c.alignCorners ? (x: number) => Math.floor(x + 0.5) : Math.floor;
  const clamped = (x: number) => Math.min(before - 1, Math.max(0, round(x)));
  return [clamped(at.value - at.bound), clamped(at.value + at.bound)];
}

function nearestNeighbor(c: KernelCase, { x }: KernelInputs): Defined {
  const [batch, height, width, depth] = c.in;
  const [rows, cols] = c.size!;
  const read = reader(x);
  return defined([batch, rows, cols, depth], ([n, r, q, d]) => {
    const [row, lastRow] = nearest(c, coordinate(c, height, rows, r), height);
    const [col, lastCol] = nearest(c, coordinate(c, width, cols, q), width);
    return row !== lastRow || col !== lastCol ? anything : read([n, row, col, d]);
  });
}

/** Two neighbours of a coordinate, and the part of the second one. */
export interface Between {
  readonly low: number;
  readonly high: number;
  readonly part: Bounded;
}

export function between(at: Bounded, before: number): Between {
  const value = Math.min(Math.max(at.value, 0), before - 1);
  const low = Math.floor(value);
  const high = Math.min(low + 1, before - 1);
  return { low, high, part: { value: value - low, bound: at.bound } };
}

function mix(a: Bounded, b: Bounded, { part }: Between): Bounded {
  return plus(a, times(minus(b, a), part));
}

/**
 * Returns the largest difference of neighbours along an axis within one pixel of a cell: the slope
 * along which the error of a coordinate moves the result, even over the edge of the cell.
 */
function slope(read: Read, index: readonly number[], axis: 1 | 2, size: number, other: Between) {
  let steepest = 0;
  for (const cross of [other.low, other.high]) {
    for (let step = -1; step <= 1; step++) {
      const at = index[axis] + step;
      if (at < 0 || at + 1 >= size) continue;
      const place = (here: number) =>
        axis === 1
          ? read([index[0], here, cross, index[3]])
          : read([index[0], cross, here, index[3]]);
      steepest = Math.max(steepest, Math.abs(place(at + 1) - place(at)));
    }
  }
  return steepest;
}

function bilinear(c: KernelCase, { x }: KernelInputs): Defined {
  const [batch, height, width, depth] = c.in;
  const [rows, cols] = c.size!;
  const read = reader(x);
  return defined([batch, rows, cols, depth], ([n, r, q, d]) => {
    const down = between(coordinate(c, height, rows, r), height);
    const across = between(coordinate(c, width, cols, q), width);
    const pixel = (row: number, col: number) => exactly(read([n, row, col, d]));
    const exact = ({ part, ...rest }: Between): Between => ({ ...rest, part: exactly(part.value) });
    const [top, bottom] = [down.low, down.high].map((row) =>
      mix(pixel(row, across.low), pixel(row, across.high), exact(across)),
    );
    const { value, bound } = mix(top, bottom, exact(down));
    const cell = [n, down.low, across.low, d];
    const moved =
      down.part.bound * slope(read, cell, 1, height, across) +
      across.part.bound * slope(read, cell, 2, width, down);
    return { value, bound: bound + moved };
  });
}

function row(
  kernel: string,
  op: typeof tf.image.resizeBilinear,
  define: KernelRow['define'],
): KernelRow {
  return {
    family: 'resize',
    kernel,
    required: ['size'],
    optional: ['alignCorners', 'halfPixelCenters'],
    operands: (c) => [{ name: 'x', shape: c.in }],
    run: (c, { x }) => {
      const [rows, cols] = c.size!;
      return op(x as tf.Tensor4D, [rows, cols], c.alignCorners, c.halfPixelCenters);
    },
    define,
    contradiction: (c) => {
      if (c.in.length !== 4 || c.in.includes(0)) return 'in must have four sizes of at least 1';
      if (c.size!.length !== 2 || c.size!.includes(0))
        return 'size must be two sizes of at least 1';
      return c.alignCorners && c.halfPixelCenters ? 'align and half exclude each other' : null;
    },
  };
}

export const resizeRows = {
  resizeBilinear: row(tf.ResizeBilinear, tf.image.resizeBilinear, bilinear),
  resizeNearestNeighbor: row(
    tf.ResizeNearestNeighbor,
    tf.image.resizeNearestNeighbor,
    nearestNeighbor,
  ),
};
