import { FusedConv2D } from '@tensorflow/tfjs-core';
import { runConvolution } from './convolution.js';
import type { CPUKernel } from './kernel.js';

/** Computes activation(x * filter + bias), with any bias and prelu weights that broadcast to it. */
export const fusedConv2DKernel: CPUKernel = {
  kernelName: FusedConv2D,
  kernelFunc: (args) => runConvolution(FusedConv2D, 'conv2d', args),
};
