import { Conv2D } from '@tensorflow/tfjs-core';
import { runConvolution } from './convolution.js';
import type { CPUKernel } from './kernel.js';

/** Computes y = x * filter: [n, h, w, c] by [fh, fw, c, k] is [n, h2, w2, k]; also NCHW. */
export const conv2DKernel: CPUKernel = {
  kernelName: Conv2D,
  kernelFunc: (args) => runConvolution(Conv2D, 'conv2d', args),
};
