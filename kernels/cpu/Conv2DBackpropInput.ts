import { Conv2DBackpropInput, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type ConvShape, convShape } from '../shape/convShape.js';
import { type FilterOrder, packHeapPanels, panelFloats, tilesInList } from './heapConvolution.js';
import { noEpilogue, runJob } from './job.js';
import { type JobPlan, type JobRegion, tiledPlan } from './jobPlan.js';
import { valuesOf } from './kernel.js';
import { readChannelsLast, writeChannelsLast } from './nchw.js';
import { onHeap } from './onHeap.js';
import { rowsOfRegions, transposedRegions } from './phases.js';
import { type InputGradientAttrs, plainInputGradient } from './plainGradients.js';
import { isFloat, stockOr } from './stockOr.js';

/** Plan of a transposed convolution, and the order of its filter. */
interface Planned {
  readonly plan: JobPlan;
  /** Number of products of one sum, counted over all taps that the panels hold. */
  readonly depth: number;
  readonly order: FilterOrder;
  /** Name of the packed filter. */
  readonly key: string;
}

/** Plans by shape object, which convShape() makes once for the same convolution. */
const plans = new WeakMap<ConvShape, Planned>();

function planOf(s: ConvShape): Planned {
  const planned = plans.get(s) ?? (isApart(s) ? planApart(s) : planOfPhases(s));
  plans.set(s, planned);
  return planned;
}

/** Plans a transposed convolution in which each output sees every `stride`-th tap. */
function planOfPhases(s: ConvShape): Planned {
  const { inChannels, outChannels } = s;
  const taps = s.filterHeight * s.filterWidth;
  const depth = taps * outChannels;
  const regions = transposedRegions(s, outChannels, outChannels);
  const order = {
    ...{ taps, inner: outChannels, channels: inChannels },
    ...{ tapStep: inChannels * outChannels, innerStep: 1, channelStep: outChannels },
  };
  const plan = denseOf(s, regions, depth, inChannels);
  return { plan, depth, order, key: `transposed ${inChannels} ${outChannels}` };
}

function denseOf(s: ConvShape, regions: JobRegion[], depth: number, channels: number): JobPlan {
  const capacity = tilesInList(6 * 4 * s.outChannels, depth * channels * 4);
  return tiledPlan({
    ...{ microkernel: 'dense', regions, depth, outChannels: channels, capacity },
    ...{ height: 0, rows: rowsOfRegions(regions) },
  });
}

/** True if every output sees one tap: the filter is as large as the stride, without padding. */
function isApart(s: ConvShape): boolean {
  return (
    s.filterHeight === s.strideHeight &&
    s.filterWidth === s.strideWidth &&
    s.inHeight === s.outHeight * s.strideHeight &&
    s.inWidth === s.outWidth * s.strideWidth &&
    s.padTop === 0 &&
    s.padLeft === 0
  );
}

/**
 * Plans a transposed convolution in which every output sees one tap. The outputs of one pixel of dy in
 * one row lie side by side, and are computed as the channels of one pixel.
 */
function planApart(s: ConvShape): Planned {
  const { inChannels, outChannels, outWidth, outHeight, filterHeight, filterWidth } = s;
  const channels = filterWidth * inChannels;
  const dyPixel = 4 * outChannels;
  const row = 4 * s.inWidth * inChannels;
  const regions = Array.from({ length: filterHeight }, (_, tap): JobRegion => {
    const size = { batch: s.batch, rows: outHeight, cols: outWidth, row: 0 };
    const ofX = { x: 0, xBatch: outHeight * outWidth * dyPixel, xRow: outWidth * dyPixel };
    const ofY = { y: tap * row, yBatch: s.inHeight * row, yRow: filterHeight * row };
    const taps = { tapRows: 1, runs: 1, length: outChannels, xTapRow: 0, xRun: 0 };
    const ofW = { w: tap * outChannels, wTapRow: 0, wRun: 0 };
    return { ...size, ...ofX, ...ofY, ...taps, ...ofW, xCol: dyPixel, yCol: 4 * channels };
  });
  const depth = filterHeight * outChannels;
  const order = {
    ...{ taps: filterHeight, inner: outChannels, channels },
    ...{ tapStep: channels * outChannels, innerStep: 1, channelStep: outChannels },
  };
  const plan = denseOf(s, regions, depth, channels);
  return { plan, depth, order, key: `apart ${filterHeight} ${channels} ${outChannels}` };
}

/** Computes dx, the gradient of a convolution's input: a transposed convolution. */
export const conv2DBackpropInputKernel = stockOr<
  { dy: TensorInfo; filter: TensorInfo },
  InputGradientAttrs
>(
  Conv2DBackpropInput,
  ({ inputs: { dy, filter }, attrs, backend, micro }) => {
    const { inputShape, dataFormat = 'NHWC' } = attrs;
    if (!isFloat(dy) || !isFloat(filter)) return null;
    // tfjs also accepts a filter of another depth, and a dy of another size; stock computes these.
    if (filter.shape[2] !== inputShape[dataFormat === 'NHWC' ? 3 : 1]) return null;
    const s = convShape('conv2d', inputShape, filter.shape, attrs);
    if (!util.arraysEqual(dy.shape, [...s.outShape])) return null;
    const { plan, depth, order, key } = planOf(s);
    const heap = { backend, micro };
    return onHeap(backend, s.inShape, (dx) => {
      const w = backend.derive(filter, key, panelFloats(depth, order.channels), (into) =>
        packHeapPanels(into, valuesOf(backend, filter), order),
      );
      readChannelsLast(heap, dataFormat, backend.address(dy), s.outShape, (x) =>
        writeChannelsLast(heap, dataFormat, dx, s.inShape, (y) =>
          runJob(backend, micro, plan, { x, y, w }, noEpilogue),
        ),
      );
      backend.countVariant(Conv2DBackpropInput, micro.build);
    });
  },
  (backend, inputs, attrs) => plainInputGradient('conv2d', backend, inputs, attrs),
);
