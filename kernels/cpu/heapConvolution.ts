/** Convolutions by the microkernels, from the heap to the heap. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvShape } from '../../src/shape/convShape.js';
import { type FusedEpilogue, type JobRegion, runJob } from './job.js';
import type { CPURunner } from './kernel.js';
import { valuesOf } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { type Region, regions } from './regions.js';

const wordBytes = Float32Array.BYTES_PER_ELEMENT;
/** Of x, for one list of tiles; half of what a small second cache holds. */
const listBytes = 512 * 1024;
const densePixels = 6;
const mostTiles = 1024;
const fewestTiles = 8;
/** Of a depthwise convolution, whose tiles share nothing. */
const depthwiseTiles = 64;

/** y = x * filter as NHWC, from x at an address to y at an address. */
export function denseOnHeap(
  backend: CPURunner,
  { dense }: Microkernels,
  s: ConvShape,
  x: number,
  filter: TensorInfo,
  y: number,
  epilogue: FusedEpilogue,
): void {
  const { inChannels, outChannels } = s;
  const taps = s.filterHeight * s.filterWidth;
  const depth = taps * inChannels;
  const w = backend.derive(
    filter,
    `panels ${inChannels} ${outChannels}`,
    panelFloats(depth, outChannels),
    (into) =>
      packPanels(into, valuesOf(backend, filter), {
        taps,
        inner: inChannels,
        channels: outChannels,
        tapStep: inChannels * outChannels,
        innerStep: outChannels,
        channelStep: 1,
      }),
  );
  const tileBytes = densePixels * s.strideHeight * s.strideWidth * inChannels * wordBytes;
  const job = {
    x,
    y,
    w,
    regions: regions(s).map((region) => denseRegion(s, region)),
    depth,
    outChannels,
    epilogue,
    capacity: tilesInList(tileBytes),
  };
  runJob(backend, job, dense);
}

/** Each channel by its own filter, as NHWC; channelMultiplier is 1. */
export function depthwiseOnHeap(
  backend: CPURunner,
  { depthwise }: Microkernels,
  s: ConvShape,
  x: number,
  filter: TensorInfo,
  y: number,
  epilogue: FusedEpilogue,
): void {
  const job = {
    x,
    y,
    w: backend.address(filter),
    regions: regions(s).map((region) => depthwiseRegion(s, region)),
    depth: s.filterHeight * s.filterWidth,
    outChannels: s.outChannels,
    epilogue,
    capacity: depthwiseTiles,
  };
  runJob(backend, job, depthwise);
}

export function tilesInList(tileBytes: number): number {
  return Math.max(fewestTiles, Math.min(mostTiles, Math.floor(listBytes / tileBytes)));
}

function pixelsOf(s: ConvShape, { rows, cols }: Region) {
  const { inChannels, inWidth, outChannels, outWidth } = s;
  const inRow = inWidth * inChannels * wordBytes;
  const outRow = outWidth * outChannels * wordBytes;
  const row = rows.from * s.strideHeight - s.padTop + rows.tapFrom * s.dilationHeight;
  const col = cols.from * s.strideWidth - s.padLeft + cols.tapFrom * s.dilationWidth;
  return {
    batch: s.batch,
    rows: rows.to - rows.from,
    cols: cols.to - cols.from,
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

/** A row of the filter without dilation is one stretch of x. */
function denseRegion(s: ConvShape, region: Region): JobRegion {
  const { filterWidth, inChannels } = s;
  const { rows, cols } = region;
  const width = cols.tapTo - cols.tapFrom;
  const isJoined = s.dilationWidth === 1;
  return {
    ...pixelsOf(s, region),
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
    ...pixelsOf(s, region),
    runs: cols.tapTo - cols.tapFrom,
    length: s.inChannels * wordBytes,
    w: rows.tapFrom * s.filterWidth + cols.tapFrom,
    wTapRow: s.filterWidth,
    wRun: 1,
  };
}

const panelLanes = 8;

/** How wide the panel is that begins with this channel. */
const lanesOf = (channel: number, channels: number) =>
  channels - channel > panelLanes / 2 ? panelLanes : panelLanes / 2;

export function panelFloats(depth: number, channels: number): number {
  const full = Math.floor(channels / panelLanes) * panelLanes;
  return (full + (full < channels ? lanesOf(full, channels) : 0)) * depth;
}

/** How a filter's values lie: [taps, inner, channels] in any order. */
export interface FilterOrder {
  readonly taps: number;
  readonly inner: number;
  readonly channels: number;
  readonly tapStep: number;
  readonly innerStep: number;
  readonly channelStep: number;
}

/** Packs a filter into panels of 8 channels, [taps, inner, 8]; the last one may be of 4. */
export function packPanels(into: Float32Array, filter: Float32Array, order: FilterOrder): void {
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
