import { DepthwiseConv2dNative } from '@tensorflow/tfjs-core';
import { runConvolution } from './convolution.js';
import type { CPUKernel } from './kernel.js';

/**
 * Convolves each channel with its own filters: [n, h, w, c] by [fh, fw, c, m] is
 * [n, h2, w2, c * m].
 */
export const depthwiseConv2dNativeKernel: CPUKernel = {
  kernelName: DepthwiseConv2dNative,
  kernelFunc: (args) => runConvolution(DepthwiseConv2dNative, 'depthwiseConv2d', args),
};
