/** Convolutions with the microkernels, from the heap to the heap. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvShape } from '../shape/convShape.js';
import { CACHED_FILTER, type FusedEpilogue, runJob } from './job.js';
import { type JobPlan, type JobRegion, rowsOf, sweepPlan, tiledPlan } from './jobPlan.js';
import { type CPURunner, valuesOf } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { type Region, regions } from './regions.js';

const wordBytes = Float32Array.BYTES_PER_ELEMENT;
/** Bytes of x per list of tiles if the filter stays in the L2 cache: as much as L1 holds. */
const shortList = 32 * 1024;
/**
 * Bytes of x per list of tiles if the filter does not stay there. Longer lists are better then,
 * because the filter is read less often.
 */
const longList = 512 * 1024;
const densePixels = 6;
const mostTiles = 1024;
const fewestTiles = 8;
/** Number of tiles per list of a depthwise convolution, whose tiles share nothing. */
export const DEPTHWISE_TILES = 64;

/** Plans by shape object, which convShape() makes once for the same convolution. */
const plans = new WeakMap<ConvShape, JobPlan>();

/** Returns the plan of a convolution on the heap. */
export function planOf(s: ConvShape): JobPlan {
  const plan = plans.get(s) ?? makePlan(s, true);
  plans.set(s, plan);
  return plan;
}

/** Returns the plan of a convolution whose sums are those of the same one of a padded tensor. */
export function planOfPadded(s: ConvShape): JobPlan {
  return makePlan(s, false);
}

function makePlan(s: ConvShape, splits: boolean): JobPlan {
  if (isDense(s)) {
    const depth = s.filterHeight * s.filterWidth * s.inChannels;
    const found = regions(s).map((region) => denseRegion(s, region));
    const pixels = densePixels * s.strideHeight * s.strideWidth;
    const tileBytes = pixels * s.inChannels * wordBytes;
    const capacity = tilesInList(tileBytes, depth * s.outChannels * wordBytes);
    const sizes = { depth, capacity, ...sizesOf(s) };
    return tiledPlan({ microkernel: 'dense', regions: found, ...sizes, splits });
  }
  if (canSweep(s)) return sweepPlan(s);
  const found = regions(s).map((region) => depthwiseRegion(s, region));
  const depth = s.filterHeight * s.filterWidth;
  const capacity = DEPTHWISE_TILES;
  return tiledPlan({ microkernel: 'depthwise', regions: found, depth, capacity, ...sizesOf(s) });
}

const sizesOf = (s: ConvShape) => ({
  outChannels: s.outChannels,
  height: s.outHeight,
  rows: rowsOf(s),
});

/**
 * True if an output sums over all input channels. With one input channel, a depthwise convolution
 * does so too.
 */
const isDense = ({ kernel, inChannels }: ConvShape) => kernel === 'conv2d' || inChannels === 1;

/** True if `sweep3x3` supports the convolution. */
export function canSweep(s: ConvShape): boolean {
  const { inWidth, outWidth, strideWidth, padLeft } = s;
  const past = (outWidth - 1) * strideWidth - padLeft + 3 - inWidth;
  return (
    s.filterHeight === 3 &&
    s.filterWidth === 3 &&
    s.dilationWidth === 1 &&
    s.inChannels >= 4 &&
    inWidth > 1 &&
    (padLeft === 0 || padLeft === 1) &&
    (strideWidth === 1 ? past === 0 || past === 1 : strideWidth === 2 && past <= 1)
  );
}

/** Computes y = x * filter as NHWC; `x` and `y` are addresses. */
export function convolveOnHeap(
  backend: CPURunner,
  micro: Microkernels,
  s: ConvShape,
  plan: JobPlan,
  x: number,
  filter: TensorInfo,
  y: number,
  epilogue: FusedEpilogue,
): void {
  const w = isDense(s) ? heapPanels(backend, s, filter) : backend.address(filter);
  runJob(backend, micro, plan, { x, y, w }, epilogue);
}

function heapPanels(backend: CPURunner, s: ConvShape, filter: TensorInfo): number {
  const { inChannels, outChannels } = s;
  const taps = s.filterHeight * s.filterWidth;
  const length = panelFloats(taps * inChannels, outChannels);
  // Filters of several shapes may share data; the panels depend on the last axis alone.
  return backend.derive(filter, `panels ${outChannels}`, length, (into) =>
    packHeapPanels(into, valuesOf(backend, filter), {
      taps,
      inner: inChannels,
      channels: outChannels,
      tapStep: inChannels * outChannels,
      innerStep: outChannels,
      channelStep: 1,
    }),
  );
}

/**
 * Returns the number of tiles in a list.
 *
 * @param tileBytes bytes of x that one more tile of pixels reads
 */
export function tilesInList(tileBytes: number, filterBytes: number): number {
  const listBytes = filterBytes > CACHED_FILTER ? longList : shortList;
  return Math.max(fewestTiles, Math.min(mostTiles, Math.floor(listBytes / tileBytes)));
}

function windowFields(s: ConvShape, { rows, cols }: Region) {
  const { inChannels, inWidth, outChannels, outWidth } = s;
  const inRow = inWidth * inChannels * wordBytes;
  const outRow = outWidth * outChannels * wordBytes;
  const row = rows.from * s.strideHeight - s.padTop + rows.tapFrom * s.dilationHeight;
  const col = cols.from * s.strideWidth - s.padLeft + cols.tapFrom * s.dilationWidth;
  return {
    batch: s.batch,
    rows: rows.to - rows.from,
    cols: cols.to - cols.from,
    row: rows.from,
    x: row * inRow + col * inChannels * wordBytes,
    xBatch: s.inHeight * inRow,
    xRow: s.strideHeight * inRow,
    xCol: s.strideWidth * inChannels * wordBytes,
    y: rows.from * outRow + cols.from * outChannels * wordBytes,
    yBatch: s.outHeight * outRow,
    yRow: outRow,
    yCol: outChannels * wordBytes,
    tapRows: rows.tapTo - rows.tapFrom,
    xTapRow: s.dilationHeight * inRow,
    xRun: s.dilationWidth * inChannels * wordBytes,
  };
}

/** Makes the region of a dense convolution. Without dilation, a filter row is one run of x. */
function denseRegion(s: ConvShape, region: Region): JobRegion {
  const { filterWidth, inChannels } = s;
  const { rows, cols } = region;
  const width = cols.tapTo - cols.tapFrom;
  const isJoined = s.dilationWidth === 1;
  return {
    ...windowFields(s, region),
    runs: isJoined ? 1 : width,
    length: isJoined ? width * inChannels : inChannels,
    w: (rows.tapFrom * filterWidth + cols.tapFrom) * inChannels,
    wTapRow: filterWidth * inChannels,
    wRun: inChannels,
  };
}

function depthwiseRegion(s: ConvShape, region: Region): JobRegion {
  const { rows, cols } = region;
  return {
    ...windowFields(s, region),
    runs: cols.tapTo - cols.tapFrom,
    length: s.inChannels * wordBytes,
    w: rows.tapFrom * s.filterWidth + cols.tapFrom,
    wTapRow: s.filterWidth,
    wRun: 1,
  };
}

const panelLanes = 8;

/** Returns the number of lanes of the panel that begins with `channel`. */
const lanesOf = (channel: number, channels: number) =>
  channels - channel > panelLanes / 2 ? panelLanes : panelLanes / 2;

export function panelFloats(depth: number, channels: number): number {
  const full = Math.floor(channels / panelLanes) * panelLanes;
  return (full + (full < channels ? lanesOf(full, channels) : 0)) * depth;
}

/** The memory order of a filter's values: sizes and steps of [taps, inner, channels]. */
export interface FilterOrder {
  readonly taps: number;
  readonly inner: number;
  readonly channels: number;
  readonly tapStep: number;
  readonly innerStep: number;
  readonly channelStep: number;
}

/** Packs a filter into panels of 8 channels, [taps, inner, 8]; the last panel may have 4. */
export function packHeapPanels(into: Float32Array, filter: Float32Array, order: FilterOrder): void {
  const { taps, inner, channels, tapStep, innerStep, channelStep } = order;
  let to = 0;
  for (let channel = 0; channel < channels; channel += panelLanes) {
    const lanes = lanesOf(channel, channels);
    const filled = Math.min(lanes, channels - channel);
    for (let tap = 0; tap < taps; tap++) {
      for (let i = 0; i < inner; i++) {
        let from = tap * tapStep + i * innerStep + channel * channelStep;
        for (let lane = 0; lane < filled; lane++, from += channelStep) into[to++] = filter[from];
        for (let lane = filled; lane < lanes; lane++) into[to++] = 0;
      }
    }
  }
}
