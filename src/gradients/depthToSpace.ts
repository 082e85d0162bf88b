/** Gradient of DepthToSpace, of which tfjs-core has none: the same values in their places before. */
import {
  DepthToSpace,
  type DepthToSpaceAttrs,
  type GradConfig,
  reshape,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';

/** Channel (i*blockSize + j)*channels + c of x goes to channel c of pixel (i, j) of a block. */
export const depthToSpaceGradient: GradConfig = {
  kernelName: DepthToSpace,
  gradFunc: (dy, _, attrs) => {
    const { blockSize: n, dataFormat } = attrs as unknown as DepthToSpaceAttrs;
    return { x: () => spaceToDepth(dy as Tensor4D, n, dataFormat) };
  },
};

function spaceToDepth(dy: Tensor4D, n: number, dataFormat: 'NHWC' | 'NCHW'): Tensor4D {
  if (dataFormat === 'NCHW') {
    const [batch, channels, height, width] = dy.shape;
    const blocks = reshape(dy, [batch, channels, height / n, n, width / n, n]);
    const ordered = transpose(blocks, [0, 3, 5, 1, 2, 4]);
    return reshape(ordered, [batch, n * n * channels, height / n, width / n]);
  }
  const [batch, height, width, channels] = dy.shape;
  const blocks = reshape(dy, [batch, height / n, n, width / n, n, channels]);
  const ordered = transpose(blocks, [0, 1, 3, 2, 4, 5]);
  return reshape(ordered, [batch, height / n, width / n, n * n * channels]);
}
