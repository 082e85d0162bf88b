import {
  FusedDepthwiseConv2D,
  type FusedDepthwiseConv2DAttrs,
  type FusedDepthwiseConv2DInputs,
} from '@tensorflow/tfjs-core';
import { convShape } from '../shape/convShape.js';
import { tiledKernel } from './fallback.js';
import { fusedConvolve } from './fused.js';

export const fusedDepthwiseConv2DKernel = tiledKernel<
  FusedDepthwiseConv2DInputs,
  FusedDepthwiseConv2DAttrs
>(FusedDepthwiseConv2D, (runner, inputs, attrs) => {
  const shape = convShape('depthwiseConv2d', inputs.x.shape, inputs.filter.shape, attrs);
  return fusedConvolve(runner, FusedDepthwiseConv2D, shape, inputs, attrs);
});
