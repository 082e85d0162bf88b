import { Conv2D, type Conv2DAttrs, type Conv2DInputs } from '@tensorflow/tfjs-core';
import { convShape } from '../shape/convShape.js';
import { convolve } from './convolve.js';
import { tiledKernel } from './fallback.js';

export const conv2DKernel = tiledKernel<Conv2DInputs, Conv2DAttrs>(
  Conv2D,
  (runner, { x, filter }, attrs) => {
    const shape = convShape('conv2d', x.shape, filter.shape, attrs);
    return convolve(runner, Conv2D, shape, { x, filter, activation: 'linear' });
  },
);
