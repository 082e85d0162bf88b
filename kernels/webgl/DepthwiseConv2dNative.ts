import {
  DepthwiseConv2dNative,
  type DepthwiseConv2dNativeAttrs,
  type DepthwiseConv2dNativeInputs,
} from '@tensorflow/tfjs-core';
import { convShape } from '../shape/convShape.js';
import { convolve } from './convolve.js';
import { tiledKernel } from './fallback.js';

export const depthwiseConv2dNativeKernel = tiledKernel<
  DepthwiseConv2dNativeInputs,
  DepthwiseConv2dNativeAttrs
>(DepthwiseConv2dNative, (runner, { x, filter }, attrs) => {
  const shape = convShape('depthwiseConv2d', x.shape, filter.shape, attrs);
  return convolve(runner, DepthwiseConv2dNative, shape, { x, filter, activation: 'linear' });
});
