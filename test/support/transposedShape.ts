import type { ConvShape } from '../../kernels/shape/convShape.js';
import type { Extent } from '../../kernels/webgl/layout/tile.js';
import type { TransposedShape } from '../../kernels/webgl/programs/transposed.js';

/** Returns the shape of a transposed convolution between two NHWC tensors. */
export function transposedShape(s: TransposedShape, from: Extent, to: Extent): ConvShape {
  return {
    kernel: 'conv2dTranspose',
    batch: from.batch,
    inHeight: from.height,
    inWidth: from.width,
    inChannels: from.channels,
    outHeight: to.height,
    outWidth: to.width,
    outChannels: to.channels,
    ...s,
    dilationHeight: 1,
    dilationWidth: 1,
    padBottom: 0,
    padRight: 0,
    channelMultiplier: 1,
    dataFormat: 'NHWC',
    inShape: [from.batch, from.height, from.width, from.channels],
    outShape: [to.batch, to.height, to.width, to.channels],
  };
}
