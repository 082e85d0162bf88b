import { FusedDepthwiseConv2D } from '@tensorflow/tfjs-core';
import { runConvolution } from './convolution.js';
import type { TiledKernel } from './kernel.js';

/** Computes activation(depthwise(x, filter) + bias), with any operands that broadcast to it. */
export const fusedDepthwiseConv2DKernel: TiledKernel = {
  kernelName: FusedDepthwiseConv2D,
  kernelFunc: (args) => runConvolution(FusedDepthwiseConv2D, 'depthwiseConv2d', args),
};
