import type { ConvShape } from '../shape/convShape.js';
import { type Pixels, pixelsOf, type Region, regions } from './regions.js';

/** Number of output channels computed together, and of channels in a panel of the packed filter. */
const PANEL = 4;
/** Number of output pixels computed together. */
const BLOCK = 4;

/**
 * Computes the dense convolution of x [batch, inHeight, inWidth, inChannels] by a filter from
 * `packPlainPanels`, as NHWC.
 *
 * Sums are kept in float64 and rounded once, because scalar float64 arithmetic is the fastest that
 * JavaScript engines have, as long as the inner loop converts no operands. Therefore the operands
 * are float64 too. A block of 4 pixels x 4 channels of sums stays in registers.
 */
export function convolveDense(s: ConvShape, x: Float64Array, panels: Float64Array): Float32Array {
  const y = new Float32Array(s.batch * s.outHeight * s.outWidth * s.outChannels);
  for (const region of regions(s)) {
    const pixels = pixelsOf(s, region);
    const taps = tapsOf(s, region);
    for (let channel = 0; channel < s.outChannels; channel += PANEL) {
      convolvePanel(taps, pixels, x, panels, channel, s.outChannels, y);
    }
  }
  return y;
}

/**
 * Packs a filter [filterHeight, filterWidth, inChannels, outChannels] as
 * [ceil(outChannels / 4), filterHeight, filterWidth, inChannels, 4].
 */
export function packPlainPanels(s: ConvShape, filter: ArrayLike<number>): Float64Array {
  const depth = s.filterHeight * s.filterWidth * s.inChannels;
  const { outChannels } = s;
  const panels = new Float64Array(Math.ceil(outChannels / PANEL) * depth * PANEL);
  for (let d = 0, from = 0; d < depth; d++) {
    for (let channel = 0; channel < outChannels; channel += PANEL) {
      const at = channel * depth + d * PANEL;
      const lanes = Math.min(PANEL, outChannels - channel);
      for (let q = 0; q < lanes; q++) panels[at + q] = filter[from++];
    }
  }
  return panels;
}

/**
 * The taps that a region sees, as `rows` x `runs` runs of `length` consecutive input values. A
 * filter row without dilation is one run. Steps are in elements of x and of one panel.
 */
interface Taps {
  readonly rows: number;
  readonly runs: number;
  readonly length: number;
  readonly xRowStep: number;
  readonly xRunStep: number;
  readonly wStart: number;
  readonly wRowStep: number;
  readonly wRunStep: number;
  readonly panelSize: number;
}

function tapsOf(s: ConvShape, { rows, cols }: Region): Taps {
  const width = cols.tapTo - cols.tapFrom;
  const joined = s.dilationWidth === 1;
  return {
    rows: rows.tapTo - rows.tapFrom,
    runs: joined ? 1 : width,
    length: joined ? width * s.inChannels : s.inChannels,
    xRowStep: s.dilationHeight * s.inWidth * s.inChannels,
    xRunStep: s.dilationWidth * s.inChannels,
    wStart: (rows.tapFrom * s.filterWidth + cols.tapFrom) * s.inChannels * PANEL,
    wRowStep: s.filterWidth * s.inChannels * PANEL,
    wRunStep: s.inChannels * PANEL,
    panelSize: s.filterHeight * s.filterWidth * s.inChannels * PANEL,
  };
}

/** Computes output channels [channel, channel + 4) of all pixels of a region. */
function convolvePanel(
  taps: Taps,
  pixels: Pixels,
  x: Float64Array,
  panels: Float64Array,
  channel: number,
  outChannels: number,
  y: Float32Array,
): void {
  const w = (channel / PANEL) * taps.panelSize + taps.wStart;
  const lanes = Math.min(PANEL, outChannels - channel);
  let i = 0;
  for (; i + BLOCK <= pixels.count; i += BLOCK) {
    sum4x4(taps, x, pixels.x[i], pixels.x[i + 1], pixels.x[i + 2], pixels.x[i + 3], panels, w);
    for (let p = 0; p < BLOCK; p++) {
      const at = pixels.y[i + p] + channel;
      for (let q = 0; q < lanes; q++) y[at + q] = sums[p * PANEL + q];
    }
  }
  for (; i < pixels.count; i++) {
    sum1x4(taps, x, pixels.x[i], panels, w);
    for (let q = 0; q < lanes; q++) y[pixels.y[i] + channel + q] = sums[q];
  }
}

/**
 * Results of the two functions below, [pixel, channel]. The array is reused, because the functions
 * run in the inner loop.
 */
const sums = new Float64Array(BLOCK * PANEL);

function sum4x4(
  taps: Taps,
  x: Float64Array,
  xa: number,
  xb: number,
  xc: number,
  xd: number,
  w: Float64Array,
  wStart: number,
): void {
  const { rows, runs, length, xRowStep, xRunStep, wRowStep, wRunStep } = taps;
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  let c0 = 0;
  let c1 = 0;
  let c2 = 0;
  let c3 = 0;
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  let d3 = 0;
  for (let row = 0; row < rows; row++) {
    for (let run = 0; run < runs; run++) {
      const step = row * xRowStep + run * xRunStep;
      const a = xa + step;
      const b = xb + step;
      const c = xc + step;
      const d = xd + step;
      let j = wStart + row * wRowStep + run * wRunStep;
      for (let i = 0; i < length; i++) {
        const w0 = w[j];
        const w1 = w[j + 1];
        const w2 = w[j + 2];
        const w3 = w[j + 3];
        j += 4;
        const va = x[a + i];
        a0 += va * w0;
        a1 += va * w1;
        a2 += va * w2;
        a3 += va * w3;
        const vb = x[b + i];
        b0 += vb * w0;
        b1 += vb * w1;
        b2 += vb * w2;
        b3 += vb * w3;
        const vc = x[c + i];
        c0 += vc * w0;
        c1 += vc * w1;
        c2 += vc * w2;
        c3 += vc * w3;
        const vd = x[d + i];
        d0 += vd * w0;
        d1 += vd * w1;
        d2 += vd * w2;
        d3 += vd * w3;
      }
    }
  }
  sums[0] = a0;
  sums[1] = a1;
  sums[2] = a2;
  sums[3] = a3;
  sums[4] = b0;
  sums[5] = b1;
  sums[6] = b2;
  sums[7] = b3;
  sums[8] = c0;
  sums[9] = c1;
  sums[10] = c2;
  sums[11] = c3;
  sums[12] = d0;
  sums[13] = d1;
  sums[14] = d2;
  sums[15] = d3;
}

function sum1x4(taps: Taps, x: Float64Array, xa: number, w: Float64Array, wStart: number): void {
  const { rows, runs, length, xRowStep, xRunStep, wRowStep, wRunStep } = taps;
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  for (let row = 0; row < rows; row++) {
    for (let run = 0; run < runs; run++) {
      const a = xa + row * xRowStep + run * xRunStep;
      let j = wStart + row * wRowStep + run * wRunStep;
      for (let i = 0; i < length; i++) {
        const va = x[a + i];
        a0 += va * w[j];
        a1 += va * w[j + 1];
        a2 += va * w[j + 2];
        a3 += va * w[j + 3];
        j += 4;
      }
    }
  }
  sums[0] = a0;
  sums[1] = a1;
  sums[2] = a2;
  sums[3] = a3;
}
