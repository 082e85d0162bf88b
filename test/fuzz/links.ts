/** Ops between the convolutions of a chain: the tfjs call and the true result of each. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type Bounded,
  boundedActivations,
  type Numbers,
  type Reference,
  TINY,
  UNIT,
  UNITS_PER_OPERATION,
} from '../../src/validator/index.js';
import type { Storing } from './halfFloats.js';
import { type Format, type Shape4, shapeOf, sizesOf } from './shapes.js';

export interface LinkRow {
  /** True if whole numbers as input yield whole numbers without rounding errors. */
  readonly isExact: boolean;
  /** True if tfjs supports the op for such a tensor. If absent, it always does. */
  fits?(sizes: Shape4, format: Format): boolean;
  /** True if the result is in tile layout whenever the input is. */
  readonly staysTiled: boolean;
  /** True if stock's packed program turns infinities into NaN, because it multiplies by a mask. */
  readonly stockSpoils?: boolean;
  /** True if stock kernels disagree with each other about NaN. */
  readonly stockDisagrees?: boolean;
  /** Factor by which the op may enlarge values; 1 if absent. */
  readonly growth?: number;
  /** Sizes of the result; the sizes of the input if absent. */
  sizes?(sizes: Shape4): Shape4;
  /** @param own one number for each channel, of at most `LARGEST` */
  run(y: tf.Tensor4D, own: tf.Tensor, format: Format): tf.Tensor4D;
  truth(y: Numbers, own: Numbers, format: Format, storing: Storing): Reference;
}

/** Largest absolute value of a whole-number weight. */
export const LARGEST = 4;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Error bound for flushing to zero, which a GPU may do below the smallest normal number. */
const flushed = (value: number) => (Math.abs(value) < TINY ? TINY : 0);

const rounded = (value: number): Bounded => ({
  value,
  bound: Number.isFinite(value) ? UNITS_PER_OPERATION * UNIT * Math.abs(value) + TINY : 0,
});

const kept = (value: number): Bounded => ({ value, bound: flushed(value) });

function answer(shape: readonly number[], f: (i: number) => Bounded): Reference {
  const size = sizeOf(shape);
  const [values, bounds] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < size; i++) ({ value: values[i], bound: bounds[i] } = f(i));
  return { shape, values, bounds };
}

/** Returns the channel of element i. */
function channelOf(i: number, shape: readonly number[], format: Format): number {
  return format === 'NHWC' ? i % shape[3] : Math.floor(i / (shape[2] * shape[3])) % shape[1];
}

/** Returns the row of an element-wise op: a function of a value and its channel's number. */
function elementwise(
  run: LinkRow['run'],
  f: (value: number, own: number) => Bounded,
  more: Partial<LinkRow> = {},
): LinkRow {
  return {
    isExact: true,
    staysTiled: true,
    ...more,
    run,
    truth: ({ shape, values }, own, format, storing) =>
      answer(shape, (i) => {
        const channel = channelOf(i, shape, format);
        return storing((value) => f(value, own.values[channel]), values[i]);
      }),
  };
}

/** Returns a sum or product with its bound: 0 for a whole number that float32 has exactly. */
const exactly = (value: number): Bounded =>
  Number.isInteger(value) && Math.abs(value) < 2 ** 24 ? { value, bound: 0 } : rounded(value);

type At = [n: number, h: number, w: number, c: number];

/**
 * Returns the row of an op that moves values. Each place of the result holds the largest of the
 * input values that `from` lists for it, or 0 if it lists none inside the input.
 */
function moved(
  run: LinkRow['run'],
  sizes: (sizes: Shape4) => Shape4,
  from: (at: At, sizes: Shape4) => At[],
): LinkRow {
  return {
    isExact: true,
    staysTiled: false,
    run,
    sizes,
    truth: ({ shape, values }, _own, format, storing) => {
      const inSizes = sizesOf(shape as unknown as Shape4, format);
      const outSizes = sizes(inSizes);
      const outShape = shapeOf(outSizes, format);
      const order = (at: At) => shapeOf(at, format);
      return answer(outShape, (i) => {
        const at: number[] = [];
        for (let axis = 3, rest = i; axis >= 0; axis--) {
          at.unshift(rest % outShape[axis]);
          rest = Math.floor(rest / outShape[axis]);
        }
        const sources = from(sizesOf(at as unknown as Shape4, format) as At, inSizes)
          .filter((source) => source.every((place, axis) => place >= 0 && place < inSizes[axis]))
          .map((source) =>
            order(source).reduce((index, place, axis) => index * shape[axis] + place),
          );
        const largest = Math.max(...sources.map((index) => values[index]));
        return storing(kept, sources.length === 0 ? 0 : largest);
      });
    },
  };
}

const leaky = (slope: number) => (value: number) =>
  boundedActivations.leakyrelu({ value, bound: 0 }, slope);

const rows = {
  relu: elementwise(
    (y) => tf.relu(y),
    (v) => kept(Math.max(0, v)),
    { stockSpoils: true },
  ),
  relu6: elementwise(
    (y) => tf.relu6(y),
    (v) => kept(Math.min(Math.max(0, v), 6)),
    { stockSpoils: true },
  ),
  neg: elementwise(
    (y) => tf.neg(y),
    (v) => kept(-v),
    { staysTiled: false },
  ),
  abs: elementwise(
    (y) => tf.abs(y),
    (v) => kept(Math.abs(v)),
    { staysTiled: false },
  ),
  addChannels: elementwise(
    (y, own) => tf.add(y, own),
    (v, own) => exactly(v + own),
    { growth: LARGEST + 1 },
  ),
  mulChannels: elementwise(
    (y, own) => tf.mul(y, own),
    (v, own) => exactly(v * own),
    { growth: LARGEST },
  ),
  twice: elementwise(
    (y) => tf.add(y, y),
    (v) => exactly(v + v),
    { growth: 2 },
  ),
  leaky: elementwise((y) => tf.leakyRelu(y, 0.25), leaky(0.25), {
    isExact: false,
    stockSpoils: true,
  }),
  sigmoid: elementwise(
    (y) => tf.sigmoid(y),
    (value) => boundedActivations.sigmoid({ value, bound: 0 }, 0),
    { isExact: false },
  ),
  maxPool: {
    ...moved(
      (y) => tf.maxPool(y, 2, 2, 'valid'),
      ([n, h, w, c]) => [n, Math.floor(h / 2), Math.floor(w / 2), c],
      ([n, h, w, c]) => [0, 1].flatMap((i) => [0, 1].map((j): At => [n, 2 * h + i, 2 * w + j, c])),
    ),
    fits: ([, h, w], format) => format === 'NHWC' && h > 1 && w > 1,
    stockSpoils: true,
    stockDisagrees: true,
  },
  pad: moved(
    (y, _own, format) => {
      const above = shapeOf([0, 1, 0, 0], format);
      const right = shapeOf([0, 0, 2, 0], format);
      return tf.pad(
        y,
        above.map((size, axis) => [size, right[axis]]),
      );
    },
    ([n, h, w, c]) => [n, h + 1, w + 2, c],
    ([n, h, w, c]) => [[n, h - 1, w, c]],
  ),
  concat: {
    ...moved(
      (y, _own, format) => tf.concat([y, y], format === 'NHWC' ? 3 : 1),
      ([n, h, w, c]) => [n, h, w, 2 * c],
      ([n, h, w, c], sizes) => [[n, h, w, c % sizes[3]]],
    ),
    // Each concat doubles the channels, so a chain of them needs a limit.
    fits: ([, , , c]) => c < 20,
  },
  /** Slice of all channels except the first. */
  rest: {
    ...moved(
      (y, _own, format) => tf.slice(y, [...shapeOf([0, 0, 0, 1], format)]),
      ([n, h, w, c]) => [n, h, w, c - 1],
      ([n, h, w, c]) => [[n, h, w, c + 1]],
    ),
    fits: ([, , , c]) => c > 1,
  },
  /** Reshape that puts all pixels in one row. */
  row: moved(
    (y, _own, format) => {
      const [n, h, w, c] = sizesOf(y.shape, format);
      return tf.reshape(y, [...shapeOf([n, 1, h * w, c], format)] as never);
    },
    ([n, h, w, c]) => [n, 1, h * w, c],
    ([n, , p, c], [, , w]) => [[n, Math.floor(p / w), p % w, c]],
  ),
} satisfies Record<string, LinkRow>;

export type LinkName = keyof typeof rows;

export const links: Readonly<Record<LinkName, LinkRow>> = rows;

export const linkNames = Object.keys(links) as LinkName[];
