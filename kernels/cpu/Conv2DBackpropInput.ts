import {
  backend_util,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { packHeapPanels, panelFloats, tilesInList } from './heapConvolution.js';
import { type JobRegion, runJob, tiledPlan } from './job.js';
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
    // The rows of a phase are not contiguous.
    ...{ height: 0, rows: null },
  });
  return onHeap(backend, s.inShape, (y) => {
    const key = `transposed ${inChannels} ${outChannels}`;
    const w = backend.derive(filter, key, panelFloats(depth, inChannels), (into) =>
      packHeapPanels(into, valuesOf(backend, filter), {
        taps,
        inner: outChannels,
        channels: inChannels,
        tapStep: inChannels * outChannels,
        innerStep: 1,
        channelStep: outChannels,
      }),
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
