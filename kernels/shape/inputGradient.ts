import type { backend_util } from '@tensorflow/tfjs-core';
import type { ConvShape, DataFormat } from './convShape.js';

/**
 * Returns the shape of the convolution from dy to dx, given that of the convolution from x to y. With
 * strides of 1 it is a conv2d by the flipped filter, otherwise a conv2dTranspose.
 */
export function inputGradientShape(
  info: backend_util.Conv2DInfo,
  dataFormat: DataFormat,
): ConvShape {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const { top, left, bottom, right } = padInfo;
  const sizes = {
    batch: info.batchSize,
    inHeight: info.outHeight,
    inWidth: info.outWidth,
    inChannels: info.outChannels,
    outHeight: info.inHeight,
    outWidth: info.inWidth,
    outChannels: info.inChannels,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    dilationHeight: 1,
    dilationWidth: 1,
    channelMultiplier: 1,
    dataFormat,
    inShape: info.outShape,
    outShape: info.inShape,
  };
  if (strideHeight !== 1 || strideWidth !== 1) {
    const pads = { padTop: top, padLeft: left, padBottom: bottom, padRight: right };
    return { kernel: 'conv2dTranspose', ...sizes, ...pads };
  }
  return {
    kernel: 'conv2d',
    ...sizes,
    padTop: filterHeight - 1 - top,
    padLeft: filterWidth - 1 - left,
    padBottom: filterHeight - 1 - bottom,
    padRight: filterWidth - 1 - right,
  };
}
