import {
  backend_util,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type FilterOrder, packHeapPanels, panelFloats, tilesInList } from './heapConvolution.js';
import { runJob } from './job.js';
import { type JobPlan, type JobRegion, type Rows, tiledPlan } from './jobPlan.js';
import { valuesOf } from './kernel.js';
import { onHeap } from './onHeap.js';
import { type Span, spans } from './regions.js';
import { isFloat, stockOr } from './stockOr.js';

/**
 * The output positions `phase`, `phase + stride`, .. along an axis. They see the same taps: every
 * `stride`-th tap, starting with `first`. Each of these taps reads dy one position before the
 * previous tap.
 */
interface Phase {
  readonly phase: number;
  readonly first: number;
  readonly stride: number;
  /** Position of dy that the first output of the phase reads under the first tap. */
  readonly start: number;
  readonly spans: readonly Span[];
}

function phasesOf(
  size: number,
  dySize: number,
  filter: number,
  stride: number,
  pad: number,
): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, phase) => {
    const first = (phase + pad) % stride;
    const start = (phase + pad - first) / stride;
    const taps = Math.max(0, Math.ceil((filter - first) / stride));
    // Output `at` reads dy[at + start - tap]: a window that ends at dy[at + start], with its taps
    // reversed.
    const out = Math.ceil((size - phase) / stride);
    const before = taps - 1 - start;
    const found = spans({ out, in: dySize, filter: taps, stride: 1, dilation: 1, pad: before });
    const reversed = found.map(({ from, to, tapFrom, tapTo }) => ({
      from,
      to,
      tapFrom: taps - tapTo,
      tapTo: taps - tapFrom,
    }));
    return { phase, first, stride, start, spans: reversed };
  });
}

/** Describes the rows of regions that do not follow each other in the output. */
function rowsOfRegions(regions: readonly JobRegion[]): Rows {
  const count = regions.reduce((most, { rows }) => Math.max(most, rows), 0);
  return { count, values: 0, least: 1, areOrdered: false };
}

/** Plan of a transposed convolution, and the order of its filter. */
interface Planned {
  readonly plan: JobPlan;
  /** Number of products of one sum, counted over all taps that the panels hold. */
  readonly depth: number;
  readonly order: FilterOrder;
  /** Name of the packed filter. */
  readonly key: string;
}

/** Plans a transposed convolution in which each output sees every `stride`-th tap. */
function planOfPhases(s: backend_util.Conv2DInfo): Planned {
  const { inChannels, outChannels, filterHeight, filterWidth, outWidth, outHeight } = s;
  const taps = filterHeight * filterWidth;
  const depth = taps * outChannels;
  const { top, left } = s.padInfo;
  const rowPhases = phasesOf(s.inHeight, outHeight, filterHeight, s.strideHeight, top);
  const colPhases = phasesOf(s.inWidth, outWidth, filterWidth, s.strideWidth, left);
  const pixel = 4 * inChannels;
  const dyPixel = 4 * outChannels;
  const regionOf = (row: Phase, rows: Span, col: Phase, cols: Span): JobRegion => ({
    batch: s.batchSize,
    rows: rows.to - rows.from,
    cols: cols.to - cols.from,
    row: 0,
    x:
      ((rows.from + row.start - rows.tapFrom) * outWidth + cols.from + col.start - cols.tapFrom) *
      dyPixel,
    xBatch: outHeight * outWidth * dyPixel,
    xRow: outWidth * dyPixel,
    xCol: dyPixel,
    y:
      ((row.phase + rows.from * row.stride) * s.inWidth + col.phase + cols.from * col.stride) *
      pixel,
    yBatch: s.inHeight * s.inWidth * pixel,
    yRow: row.stride * s.inWidth * pixel,
    yCol: col.stride * pixel,
    tapRows: rows.tapTo - rows.tapFrom,
    runs: cols.tapTo - cols.tapFrom,
    length: outChannels,
    xTapRow: -outWidth * dyPixel,
    xRun: -dyPixel,
    w:
      ((row.first + rows.tapFrom * row.stride) * filterWidth +
        col.first +
        cols.tapFrom * col.stride) *
      outChannels,
    wTapRow: row.stride * filterWidth * outChannels,
    wRun: col.stride * outChannels,
  });
  const regions = rowPhases.flatMap((row) =>
    row.spans.flatMap((rows) =>
      colPhases.flatMap((col) => col.spans.map((cols) => regionOf(row, rows, col, cols))),
    ),
  );
  const capacity = tilesInList(6 * dyPixel, depth * inChannels * 4);
  const plan = tiledPlan({
    ...{ microkernel: 'dense', regions, depth, outChannels: inChannels, capacity },
    ...{ height: 0, rows: rowsOfRegions(regions) },
  });
  const order = {
    ...{ taps, inner: outChannels, channels: inChannels },
    ...{ tapStep: inChannels * outChannels, innerStep: 1, channelStep: outChannels },
  };
  return { plan, depth, order, key: `transposed ${inChannels} ${outChannels}` };
}

/** True if every output sees one tap: the filter is as large as the stride, without padding. */
function isApart(s: backend_util.Conv2DInfo): boolean {
  return (
    s.filterHeight === s.strideHeight &&
    s.filterWidth === s.strideWidth &&
    s.inHeight === s.outHeight * s.strideHeight &&
    s.inWidth === s.outWidth * s.strideWidth &&
    s.padInfo.top === 0 &&
    s.padInfo.left === 0
  );
}

/**
 * Plans a transposed convolution in which every output sees one tap. The outputs of one pixel of dy in
 * one row lie side by side, and are computed as the channels of one pixel.
 */
function planApart(s: backend_util.Conv2DInfo): Planned {
  const { inChannels, outChannels, outWidth, outHeight, filterHeight, filterWidth } = s;
  const channels = filterWidth * inChannels;
  const dyPixel = 4 * outChannels;
  const row = 4 * s.inWidth * inChannels;
  const regions = Array.from({ length: filterHeight }, (_, tap): JobRegion => {
    const size = { batch: s.batchSize, rows: outHeight, cols: outWidth, row: 0 };
    const ofX = { x: 0, xBatch: outHeight * outWidth * dyPixel, xRow: outWidth * dyPixel };
    const ofY = { y: tap * row, yBatch: s.inHeight * row, yRow: filterHeight * row };
    const taps = { tapRows: 1, runs: 1, length: outChannels, xTapRow: 0, xRun: 0 };
    const ofW = { w: tap * outChannels, wTapRow: 0, wRun: 0 };
    return { ...size, ...ofX, ...ofY, ...taps, ...ofW, xCol: dyPixel, yCol: 4 * channels };
  });
  const depth = filterHeight * outChannels;
  const capacity = tilesInList(6 * dyPixel, depth * channels * 4);
  const plan = tiledPlan({
    ...{ microkernel: 'dense', regions, depth, outChannels: channels, capacity },
    ...{ height: 0, rows: rowsOfRegions(regions) },
  });
  const order = {
    ...{ taps: filterHeight, inner: outChannels, channels },
    ...{ tapStep: channels * outChannels, innerStep: 1, channelStep: outChannels },
  };
  return { plan, depth, order, key: `apart ${filterHeight} ${channels} ${outChannels}` };
}

/** Computes dx [n, h, w, c], the gradient of a convolution's input: a transposed convolution. */
export const conv2DBackpropInputKernel = stockOr<
  { dy: TensorInfo; filter: TensorInfo },
  Conv2DBackpropInputAttrs
>(Conv2DBackpropInput, ({ inputs: { dy, filter }, attrs, backend, micro }) => {
  const { inputShape, strides, pad, dataFormat, dimRoundingMode } = attrs;
  if (!isFloat(dy) || !isFloat(filter) || dataFormat !== 'NHWC') return null;
  const s = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  // tfjs also accepts a dy of another size; stock computes that.
  const fits = util.arraysEqual(dy.shape, s.outShape) && filter.shape[2] === s.inChannels;
  if (!fits) return null;
  const { plan, depth, order, key } = isApart(s) ? planApart(s) : planOfPhases(s);
  return onHeap(backend, s.inShape, (y) => {
    const w = backend.derive(filter, key, panelFloats(depth, order.channels), (into) =>
      packHeapPanels(into, valuesOf(backend, filter), order),
    );
    const x = backend.address(dy);
    const epilogue = {
      bias: null,
      slopes: null,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
    };
    runJob(backend, micro, plan, { x, y, w }, epilogue);
    backend.countVariant(Conv2DBackpropInput, micro.build);
  });
});
