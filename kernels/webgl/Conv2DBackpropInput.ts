/** Gradient of conv2d with respect to its input, which is also conv2dTranspose. */
import {
  backend_util,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type Conv2DBackpropInputInputs,
  util,
} from '@tensorflow/tfjs-core';
import { inputGradientShape } from '../shape/inputGradient.js';
import { convolve } from './convolve.js';
import { tiledKernel } from './fallback.js';

/** Computes a tensor of `inputShape` from dy [batch, outHeight, outWidth, outChannels]. */
export const conv2DBackpropInputKernel = tiledKernel<
  Conv2DBackpropInputInputs,
  Conv2DBackpropInputAttrs
>(Conv2DBackpropInput, (runner, { dy, filter }, attrs) => {
  const { inputShape, strides, pad, dataFormat, dimRoundingMode } = attrs;
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  const { top, left } = info.padInfo;
  const usual =
    dy.dtype === 'float32' &&
    filter.dtype === 'float32' &&
    util.arraysEqual(dy.shape, info.outShape) &&
    filter.shape[2] === info.inChannels &&
    [dy, filter].every(({ shape }) => util.sizeFromShape(shape) > 0) &&
    util.sizeFromShape(inputShape) > 0 &&
    [top, left].every(Number.isInteger);
  if (!usual) return null;
  const shape = inputGradientShape(info, dataFormat ?? 'NHWC');
  const operands = { x: dy, filter, flipped: true, activation: 'linear' } as const;
  return convolve(runner, Conv2DBackpropInput, shape, operands);
});
