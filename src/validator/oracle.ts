import { type ConvCase, isDepthwise, outChannelsOf } from './convCase.js';

export type Geometry = Pick<
  ConvCase,
  'kernel' | 'in' | 'filter' | 'stride' | 'pad' | 'dilation' | 'format' | 'rounding'
>;

/** Result of a convolution in float64, in the order of the case's format. */
export interface Convolved {
  readonly shape: readonly [number, number, number, number];
  readonly values: Float64Array;
  /** Sum of |x * w| for each value: the scale of the rounding errors that the sum can have. */
  readonly magnitudes: Float64Array;
  /** Maximum number of products in a sum. */
  readonly terms: number;
  /**
   * 1 where a weight that is not finite meets padding. The definition does not say whether such a
   * tap is skipped or is 0 * Infinity, so the value is the result of skipping it, and NaN is right
   * as well.
   */
  readonly orNaN?: Uint8Array;
}

/**
 * Computes the convolution of x by w straight from its definition, the cross-correlation
 *
 *   y[n, r, c, k] = sum over i, j, d of x[n, r * strideH + i * dilationH - top,
 *                                         c * strideW + j * dilationW - left, d] * w[i, j, d, k]
 *
 * with x zero outside its borders. In a depthwise convolution, output channel k = d * multiplier +
 * q sums over i and j only. A product with a zero from outside the borders is left out, whatever
 * the weight. x is in the order of the format, w is [height, width, input channels, output channels
 * or multiplier].
 */
export function convolve(g: Geometry, x: ArrayLike<number>, w: ArrayLike<number>): Convolved {
  const [batch, inHeight, inWidth, inChannels] = g.in;
  const [filterHeight, filterWidth, , lastSize] = g.filter;
  const depthwise = isDepthwise(g.kernel);
  const outChannels = outChannelsOf(g);
  const { rows, cols, top, left } = outputOf(g);
  const size = batch * rows * cols * outChannels;
  const values = new Float64Array(size);
  const magnitudes = new Float64Array(size);
  const orNaN = new Uint8Array(size);
  const mayBeNaN = spoiltTaps(g, w);
  const inAt = placer(g.format, inHeight, inWidth, inChannels);
  const outAt = placer(g.format, rows, cols, outChannels);

  for (let n = 0; n < batch; n++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) {
        for (let k = 0; k < outChannels; k++) {
          const first = depthwise ? Math.floor(k / lastSize) : 0;
          const end = depthwise ? first + 1 : inChannels;
          const column = depthwise ? k % lastSize : k;
          let sum = 0;
          let magnitude = 0;
          for (let i = 0; i < filterHeight; i++) {
            const row = r * g.stride[0] + i * g.dilation[0] - top;
            for (let j = 0; j < filterWidth; j++) {
              const col = c * g.stride[1] + j * g.dilation[1] - left;
              if (row < 0 || row >= inHeight || col < 0 || col >= inWidth) {
                orNaN[outAt(n, r, c, k)] |= mayBeNaN[(i * filterWidth + j) * outChannels + k];
                continue;
              }
              const tap = (i * filterWidth + j) * inChannels;
              for (let d = first; d < end; d++) {
                const product = x[inAt(n, row, col, d)] * w[(tap + d) * lastSize + column];
                sum += product;
                magnitude += Math.abs(product);
              }
            }
          }
          values[outAt(n, r, c, k)] = sum;
          magnitudes[outAt(n, r, c, k)] = magnitude;
        }
      }
    }
  }
  return {
    shape:
      g.format === 'NHWC' ? [batch, rows, cols, outChannels] : [batch, outChannels, rows, cols],
    values,
    magnitudes,
    terms: filterHeight * filterWidth * (depthwise ? 1 : inChannels),
    orNaN,
  };
}

/**
 * Returns, for each filter tap and output channel, 1 if one of their weights is not finite, else 0.
 */
function spoiltTaps(g: Geometry, w: ArrayLike<number>): Uint8Array {
  const [height, width, inChannels, last] = g.filter;
  const perTap = outChannelsOf(g);
  const spoilt = new Uint8Array(height * width * perTap);
  for (let i = 0; i < w.length; i++) {
    if (Number.isFinite(w[i])) continue;
    spoilt[Math.floor(i / (inChannels * last)) * perTap + (i % perTap)] = 1;
  }
  return spoilt;
}

/**
 * Returns a function that maps (n, row, col, channel) to a flat index in an array of the format.
 */
export function placer(
  format: ConvCase['format'],
  height: number,
  width: number,
  channels: number,
) {
  return format === 'NHWC'
    ? (n: number, r: number, c: number, d: number) => ((n * height + r) * width + c) * channels + d
    : (n: number, r: number, c: number, d: number) => ((n * channels + d) * height + r) * width + c;
}

interface Output {
  readonly rows: number;
  readonly cols: number;
  readonly top: number;
  readonly left: number;
}

/**
 * Returns the size of a convolution's output in pixels and the padding before the input, as tfjs
 * defines them.
 */
export function outputOf(g: Omit<Geometry, 'kernel' | 'format'>): Output {
  const [, height, width] = g.in;
  const field = [0, 1].map((axis) => (g.filter[axis] - 1) * g.dilation[axis] + 1);
  const [down, across] = g.stride;
  if (g.pad === 'same') {
    const rows = Math.ceil(height / down);
    const cols = Math.ceil(width / across);
    const before = (out: number, stride: number, size: number, reach: number) =>
      Math.floor(Math.max(0, (out - 1) * stride + reach - size) / 2);
    return {
      rows,
      cols,
      top: before(rows, down, height, field[0]),
      left: before(cols, across, width, field[1]),
    };
  }
  if (g.pad === 'valid') {
    const rows = Math.ceil((height - field[0] + 1) / down);
    const cols = Math.ceil((width - field[1] + 1) / across);
    return { rows, cols, top: 0, left: 0 };
  }
  const round = rounders[g.rounding ?? 'trunc'];
  if (typeof g.pad === 'number') {
    // tfjs uses one formula for both axes here, with the filter's height and the stride down.
    const steps = (size: number) => round((size - field[0] + 2 * Number(g.pad)) / down + 1);
    return { rows: steps(height), cols: steps(width), top: g.pad, left: g.pad };
  }
  const [top, bottom, left, right] = g.pad;
  return {
    rows: round((height - field[0] + top + bottom) / down + 1),
    cols: round((width - field[1] + left + right) / across + 1),
    top,
    left,
  };
}

const rounders = {
  trunc: Math.trunc,
  floor: Math.floor,
  round: Math.round,
  ceil: Math.ceil,
};
