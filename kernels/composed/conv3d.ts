/** Conv3D as a conv2d of all depths, whose channels are those of the images under the filter's depths. */
import {
  backend_util,
  Concat,
  Conv2D,
  Conv3D,
  type Conv3DAttrs,
  type Conv3DInputs,
  PadV2,
  Slice,
  StridedSlice,
  type TensorInfo,
  Transpose,
} from '@tensorflow/tfjs-core';
import { type Composed, type Run, reshaped } from './compose.js';

/** Most values of the images that a conv2d reads: more depths take several. */
const MOST_VALUES = 2 ** 23;

type Info = backend_util.Conv3DInfo;

/** Padding of an axis that has none. */
const none: [number, number] = [0, 0];

/** Computes y[n, d] as the sum over k of conv2d(x[n, d * stride + k * dilation - padding], w[k]). */
export const conv3d: Composed = {
  kernelName: Conv3D,
  compute(inputs, attrs, run) {
    const { x, filter } = inputs as Record<keyof Conv3DInputs, TensorInfo>;
    const { strides, pad, dilations } = attrs as unknown as Conv3DAttrs;
    const isFloat = x.dtype === 'float32' && filter.dtype === 'float32';
    if (!isFloat || [...x.shape, ...filter.shape].includes(0)) return null;
    const info = backend_util.computeConv3DInfo(
      x.shape as [number, number, number, number, number],
      filter.shape as [number, number, number, number, number],
      strides,
      dilations as [number, number, number],
      pad,
    );
    if (info.outShape.includes(0)) return null;
    const { inDepth, inHeight, inWidth, inChannels, outDepth } = info;
    const weights = filterOf(run, filter, info);
    const images = reshaped(run, x, [info.batchSize * inDepth, inHeight, inWidth, inChannels]);
    const perDepth = inHeight * inWidth * inChannels * info.filterDepth;
    const most = Math.max(1, Math.floor(MOST_VALUES / perDepth));
    const parts: TensorInfo[] = [];
    for (let n = 0; n < info.batchSize; n++) {
      const padded = paddedVolume(run, images, info, n);
      for (let from = 0; from < outDepth; from += most) {
        const count = Math.min(most, outDepth - from);
        parts.push(conv2d(run, underFilter(run, padded, info, from, count), weights, info));
      }
    }
    const y = parts.length === 1 ? parts[0] : run(Concat, parts, { axis: 0 });
    return reshaped(run, y, info.outShape);
  },
};

/** Returns the filter as [height, width, depth * inChannels, outChannels]. */
function filterOf(run: Run, filter: TensorInfo, info: Info): TensorInfo {
  const { filterDepth, filterHeight, filterWidth, inChannels, outChannels } = info;
  const isInOrder = filterDepth === 1 || filterHeight * filterWidth === 1;
  const w = isInOrder ? filter : run(Transpose, { x: filter }, { perm: [1, 2, 0, 3, 4] });
  return reshaped(run, w, [filterHeight, filterWidth, filterDepth * inChannels, outChannels]);
}

/** Returns the images of one volume, with those of its padding along depth. */
function paddedVolume(run: Run, images: TensorInfo, info: Info, n: number): TensorInfo {
  const { inDepth, inHeight, inWidth, inChannels, batchSize, padInfo } = info;
  const begin = [n * inDepth, 0, 0, 0];
  const size = [inDepth, inHeight, inWidth, inChannels];
  const x = batchSize === 1 ? images : run(Slice, { x: images }, { begin, size });
  const { front, back } = padInfo;
  if (front === 0 && back === 0) return x;
  return run(PadV2, { x }, { paddings: [[front, back], none, none, none], constantValue: 0 });
}

/**
 * Returns the images under the filter for `count` output depths from one on: [count, inHeight, inWidth,
 * filterDepth * inChannels].
 */
function underFilter(
  run: Run,
  x: TensorInfo,
  { strideDepth, dilationDepth, filterDepth }: Info,
  from: number,
  count: number,
): TensorInfo {
  const [depth, ...rest] = x.shape;
  const taps = Array.from({ length: filterDepth }, (_, tap) => {
    const first = from * strideDepth + tap * dilationDepth;
    if (count === depth) return x;
    if (strideDepth === 1 || count === 1) {
      return run(Slice, { x }, { begin: [first, 0, 0, 0], size: [count, ...rest] });
    }
    const end = [first + (count - 1) * strideDepth + 1, ...rest];
    return run(
      StridedSlice,
      { x },
      { ...noMasks, begin: [first, 0, 0, 0], end, strides: [strideDepth, 1, 1, 1] },
    );
  });
  return taps.length === 1 ? taps[0] : run(Concat, taps, { axis: 3 });
}

const noMasks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };

function conv2d(run: Run, x: TensorInfo, filter: TensorInfo, info: Info): TensorInfo {
  const { top, bottom, left, right } = info.padInfo;
  return run(
    Conv2D,
    { x, filter },
    {
      strides: [info.strideHeight, info.strideWidth],
      pad: [none, [top, bottom], [left, right], none],
      dataFormat: 'NHWC',
      dilations: [info.dilationHeight, info.dilationWidth],
    },
  );
}
