import type { ConvShape } from '../shape/convShape.js';
import { pixelsOf, type Region, regions } from './regions.js';

/** Number of output pixels computed together, so that a weight is loaded once for four uses. */
const BLOCK = 4;

/**
 * Computes the depthwise convolution of x [batch, inHeight, inWidth, inChannels] by the filter
 * [filterHeight, filterWidth, inChannels, multiplier], as NHWC. Output channel c * multiplier + q
 * is input channel c convolved with its q-th filter. Sums are kept in float64 and rounded once.
 */
export function convolveDepthwise(
  s: ConvShape,
  x: Float32Array,
  filter: ArrayLike<number>,
): Float32Array {
  const y = new Float32Array(s.batch * s.outHeight * s.outWidth * s.outChannels);
  for (const region of regions(s)) {
    const pixels = pixelsOf(s, region);
    const taps = tapsOf(s, region, filter);
    let i = 0;
    for (; i + BLOCK <= pixels.count; i += BLOCK) {
      convolve4(taps, x, pixels.x.subarray(i, i + BLOCK), pixels.y.subarray(i, i + BLOCK), y);
    }
    for (; i < pixels.count; i++) convolve1(taps, x, pixels.x[i], pixels.y[i], y);
  }
  return y;
}

/** The taps that a region sees. */
interface Taps {
  readonly count: number;
  /** Offset in x of each tap from the first one. */
  readonly offsets: Int32Array;
  /** Weights as [inChannels * multiplier, count]. */
  readonly weights: Float64Array;
  readonly inChannels: number;
  readonly multiplier: number;
}

function tapsOf(s: ConvShape, { rows, cols }: Region, filter: ArrayLike<number>): Taps {
  const { inChannels, outChannels, channelMultiplier: multiplier } = s;
  const width = cols.tapTo - cols.tapFrom;
  const count = (rows.tapTo - rows.tapFrom) * width;
  const offsets = new Int32Array(count);
  const weights = new Float64Array(outChannels * count);
  for (let tap = 0; tap < count; tap++) {
    const down = Math.floor(tap / width);
    const right = tap % width;
    offsets[tap] = (down * s.dilationHeight * s.inWidth + right * s.dilationWidth) * inChannels;
    const from = (rows.tapFrom + down) * s.filterWidth + cols.tapFrom + right;
    for (let c = 0; c < outChannels; c++) {
      weights[c * count + tap] = filter[from * outChannels + c];
    }
  }
  return { count, offsets, weights, inChannels, multiplier };
}

function convolve4(
  taps: Taps,
  x: Float32Array,
  xAt: Int32Array,
  yAt: Int32Array,
  y: Float32Array,
): void {
  const { count, offsets, weights, inChannels, multiplier } = taps;
  const xa = xAt[0];
  const xb = xAt[1];
  const xc = xAt[2];
  const xd = xAt[3];
  const ya = yAt[0];
  const yb = yAt[1];
  const yc = yAt[2];
  const yd = yAt[3];
  for (let channel = 0, at = 0, c = 0; c < inChannels; c++) {
    for (let q = 0; q < multiplier; q++, channel++, at += count) {
      let a = 0;
      let b = 0;
      let e = 0;
      let d = 0;
      for (let t = 0; t < count; t++) {
        const w = weights[at + t];
        const i = offsets[t] + c;
        a += x[xa + i] * w;
        b += x[xb + i] * w;
        e += x[xc + i] * w;
        d += x[xd + i] * w;
      }
      y[ya + channel] = a;
      y[yb + channel] = b;
      y[yc + channel] = e;
      y[yd + channel] = d;
    }
  }
}

function convolve1(taps: Taps, x: Float32Array, xAt: number, yAt: number, y: Float32Array): void {
  const { count, offsets, weights, inChannels, multiplier } = taps;
  for (let channel = 0, at = 0, c = 0; c < inChannels; c++) {
    for (let q = 0; q < multiplier; q++, channel++, at += count) {
      let sum = 0;
      for (let t = 0; t < count; t++) sum += x[xAt + offsets[t] + c] * weights[at + t];
      y[yAt + channel] = sum;
    }
  }
}
