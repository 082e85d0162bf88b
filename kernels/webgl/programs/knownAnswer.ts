/**
 * Known-answer test for the program of a large convolution: a small convolution with the same
 * filter size, strides, dilations, padding and steps. It runs the same program because programs do
 * not know sizes.
 *
 * All numbers are positive and have few bits, so that float32 sums are the same in every order of
 * summation, and half-float sums differ.
 */

import type { ConvKernel, ConvShape } from '../../shape/convShape.js';
import type { Precision } from '../layout/precision.js';
import type { Tile } from '../layout/tile.js';
import type { Step } from './steps.js';
import { afterSteps } from './stepValues.js';
import type { WindowShape } from './window.js';

/** Properties that all convolutions of one program share, besides their steps. */
export interface Geometry extends WindowShape, Pick<ConvShape, 'channelMultiplier'> {
  readonly kernel: ConvKernel;
}

interface Small extends Geometry {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  /** NHWC, like x and the answer. */
  readonly inShape: Shape;
  readonly outShape: Shape;
}

type Shape = readonly [number, number, number, number];

export interface KnownAnswer {
  readonly shape: Small;
  readonly x: Float32Array;
  /**
   * Filter [filterHeight, filterWidth, inChannels, outChannels or channelMultiplier]. For a
   * transposed convolution its last tap comes first, as in the packed filter.
   */
  readonly filter: Float32Array;
  /** Bias of every channel, if the program reads one with its weights; 0 otherwise. */
  readonly bias: number;
}

/**
 * Maximum error of an answer, relative to 1 or to the answer itself: some units of a float32, for
 * exp and similar functions; some units of a half float, for values that are stored as such.
 */
export const tolerances = { float32: 2 ** -16, half: 2 ** -9 } as const satisfies Record<
  Precision,
  number
>;

/**
 * Returns a test in which tiles and slices end inside the tensor, in every direction.
 * @param channels number of channels of x, unless the convolution is depthwise
 * @param bias bias that every channel has in the block of weights
 */
export function knownAnswerOf(
  geometry: Geometry,
  input: Tile,
  out: Tile,
  channels = 4 * input.c + 3,
  bias = 0,
): KnownAnswer {
  const { kernel, filterHeight, filterWidth, channelMultiplier } = geometry;
  const depthwise = kernel === 'depthwiseConv2d';
  const [outHeight, outWidth] = [out.h + 1, out.w + 1];
  const inChannels = depthwise ? 4 * out.c + 1 : channels;
  const outChannels = depthwise ? inChannels * channelMultiplier : 4 * out.c + 1;
  const read = (last: number, stride: number, taps: number, dilation: number, before: number) =>
    kernel === 'conv2dTranspose'
      ? Math.max(1, Math.floor((last + before) / stride) + 1)
      : // The last pixel lacks a tap, unless the filter has only one.
        Math.max(1, last * stride + Math.max(1, (taps - 1) * dilation) - before);
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padTop, padLeft } = geometry;
  const inHeight = read(out.h, strideHeight, filterHeight, dilationHeight, padTop);
  const inWidth = read(out.w, strideWidth, filterWidth, dilationWidth, padLeft);
  const small: Small = {
    ...geometry,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    outChannels,
    inShape: [1, inHeight, inWidth, inChannels],
    outShape: [1, outHeight, outWidth, outChannels],
  };
  const taps = filterHeight * filterWidth;
  const terms = taps * (depthwise ? 1 : inChannels);
  // Chosen so that no sum is above 4.
  const unit = 2 ** -Math.ceil(Math.log2((15 * terms) / 4));
  const next = numbers();
  return {
    shape: small,
    bias,
    x: Float32Array.from({ length: inHeight * inWidth * inChannels }, () => (1 + next(127)) / 128),
    filter: Float32Array.from(
      { length: taps * inChannels * (depthwise ? channelMultiplier : outChannels) },
      () => (1 + next(15)) * unit,
    ),
  };
}

/** Returns a generator of whole numbers below n, which always returns the same sequence. */
function numbers(): (n: number) => number {
  let state = 1;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/**
 * Returns what is wrong with an answer in words, or null if it is right.
 * @param uniform returns the value of a uniform of the steps
 * @param precision floats in which the answer was stored
 */
export function mismatch(
  { shape, x, filter, bias }: KnownAnswer,
  steps: readonly Step[],
  uniform: (name: string) => number | readonly number[] | undefined,
  answer: ArrayLike<number>,
  precision: Precision = 'float32',
): string | null {
  const { outHeight, outWidth, outChannels } = shape;
  for (let at = 0; at < outHeight * outWidth * outChannels; at++) {
    const channel = at % outChannels;
    const column = Math.floor(at / outChannels) % outWidth;
    const row = Math.floor(at / outChannels / outWidth);
    const tolerance = tolerances[precision];
    const sum = sumAt(shape, x, filter, row, column, channel) + bias;
    const values = afterSteps(sum, steps, uniform, tolerance);
    if (values === null) continue;
    const expected = values[steps.length];
    const got = answer[at];
    // A result of cancellation keeps the errors of the larger values before it.
    const room = tolerance * Math.max(1, ...values.map(Math.abs));
    if (Math.abs(got - expected) <= room || Object.is(got, expected)) continue;
    if (!Number.isFinite(room)) continue;
    return `self-test: [0, ${row}, ${column}, ${channel}] is ${got} and not ${expected}`;
  }
  return null;
}

/**
 * True if some sums have no terms, for example because a stride is larger than the filter. Such a
 * test proves less.
 */
export function hasEmptySums({ shape, x, filter }: KnownAnswer): boolean {
  const { outHeight, outWidth } = shape;
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      if (sumAt(shape, x, filter, row, column, 0) === 0) return true;
    }
  }
  return false;
}

function sumAt(
  shape: Small,
  x: Float32Array,
  filter: Float32Array,
  row: number,
  column: number,
  channel: number,
): number {
  const { inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth } = shape;
  const depthwise = shape.kernel === 'depthwiseConv2d';
  const perInput = depthwise ? shape.channelMultiplier : outChannels;
  const first = depthwise ? Math.floor(channel / perInput) : 0;
  const end = depthwise ? first + 1 : inChannels;
  const turned = shape.kernel === 'conv2dTranspose';
  const taps = filterHeight * filterWidth;
  let sum = 0;
  for (let fy = 0; fy < filterHeight; fy++) {
    const y = turned
      ? (row + shape.padTop - fy) / shape.strideHeight
      : row * shape.strideHeight + fy * shape.dilationHeight - shape.padTop;
    if (!Number.isInteger(y) || y < 0 || y >= inHeight) continue;
    for (let fx = 0; fx < filterWidth; fx++) {
      const at = turned
        ? (column + shape.padLeft - fx) / shape.strideWidth
        : column * shape.strideWidth + fx * shape.dilationWidth - shape.padLeft;
      if (!Number.isInteger(at) || at < 0 || at >= inWidth) continue;
      const tap = fy * filterWidth + fx;
      for (let ic = first; ic < end; ic++) {
        const weight = ((turned ? taps - 1 - tap : tap) * inChannels + ic) * perInput;
        sum += x[(y * inWidth + at) * inChannels + ic] * filter[weight + (channel % perInput)];
      }
    }
  }
  return sum;
}
