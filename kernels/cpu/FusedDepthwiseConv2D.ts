import { FusedDepthwiseConv2D } from '@tensorflow/tfjs-core';
import { runConvolution } from './convolution.js';
import type { CPUKernel } from './kernel.js';

/** Computes activation(depthwise(x, filter) + bias), with any operands that broadcast to it. */
export const fusedDepthwiseConv2DKernel: CPUKernel = {
  kernelName: FusedDepthwiseConv2D,
  kernelFunc: (args) => runConvolution(FusedDepthwiseConv2D, 'depthwiseConv2d', args),
};
