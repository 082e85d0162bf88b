/** What stands between convolutions in a chain: how tfjs computes it, and what is right. */
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
import { type Format, type Shape4, shapeOf, sizesOf } from './shapes.js';

export interface LinkRow {
  /** Whole numbers give whole numbers without an error. */
  readonly isExact: boolean;
  /** Whether tfjs has it for such a tensor; always, where it is not said. */
  fits?(sizes: Shape4, format: Format): boolean;
  /** Its result is in tiles where its input is. */
  readonly staysTiled: boolean;
  /** Stock's packed program multiplies by a mask, and makes NaN of an infinity. */
  readonly stockSpoils?: boolean;
  /** Stock kernels do not all make the same of NaN. */
  readonly stockDisagrees?: boolean;
  /** How many times larger than its input its result may be; 1 where it is not said. */
  readonly growth?: number;
  /** Those of its result; the same where it is not said. */
  sizes?(sizes: Shape4): Shape4;
  /** @param own one number for each channel, of at most `LARGEST` */
  run(y: tf.Tensor4D, own: tf.Tensor, format: Format): tf.Tensor4D;
  truth(y: Numbers, own: Numbers, format: Format): Reference;
}

/** The largest weight of whole numbers. */
export const LARGEST = 4;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** A GPU may flush what is below the smallest normal number. */
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

/** The channel of element i. */
function channelOf(i: number, shape: readonly number[], format: Format): number {
  return format === 'NHWC' ? i % shape[3] : Math.floor(i / (shape[2] * shape[3])) % shape[1];
}

/** A function of each value and of its channel's own number. */
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
    truth: ({ shape, values }, own, format) =>
      answer(shape, (i) => f(values[i], own.values[channelOf(i, shape, format)])),
  };
}

/** Sums and products of whole numbers are exact. */
const exactly = (value: number): Bounded =>
  Number.isInteger(value) && Math.abs(value) < 2 ** 24 ? { value, bound: 0 } : rounded(value);

type At = [n: number, h: number, w: number, c: number];

/** Moves values, and gives the largest of those that a place takes from; 0 where it takes none. */
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
    truth: ({ shape, values }, _own, format) => {
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
        return kept(sources.length === 0 ? 0 : Math.max(...sources.map((index) => values[index])));
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
    // A chain of them grows without end.
    fits: ([, , , c]) => c < 20,
  },
  /** All channels but the first. */
  rest: {
    ...moved(
      (y, _own, format) => tf.slice(y, [...shapeOf([0, 0, 0, 1], format)]),
      ([n, h, w, c]) => [n, h, w, c - 1],
      ([n, h, w, c]) => [[n, h, w, c + 1]],
    ),
    fits: ([, , , c]) => c > 1,
  },
  /** All pixels in one row: the same data in another shape. */
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
