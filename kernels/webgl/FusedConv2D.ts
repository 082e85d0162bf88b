import { FusedConv2D, type FusedConv2DAttrs, type FusedConv2DInputs } from '@tensorflow/tfjs-core';
import { convShape } from '../shape/convShape.js';
import { tiledKernel } from './fallback.js';
import { fusedConvolve } from './fused.js';

export const fusedConv2DKernel = tiledKernel<FusedConv2DInputs, FusedConv2DAttrs>(
  FusedConv2D,
  (runner, inputs, attrs) => {
    const shape = convShape('conv2d', inputs.x.shape, inputs.filter.shape, attrs);
    return fusedConvolve(runner, FusedConv2D, shape, inputs, attrs);
  },
);
