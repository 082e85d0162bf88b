import { DepthwiseConv2dNative } from '@tensorflow/tfjs-core';
import { runConvolution } from './convolution.js';
import type { TiledKernel } from './kernel.js';

/** Each channel by its own filters: [n, h, w, c] by [fh, fw, c, m] gives [n, h2, w2, c * m]. */
export const depthwiseConv2dNativeKernel: TiledKernel = {
  kernelName: DepthwiseConv2dNative,
  kernelFunc: (args) => runConvolution(DepthwiseConv2dNative, 'depthwiseConv2d', args),
};
