import { convShape, type ForwardKernel } from '../../../../../kernels/shape/convShape.js';
import type { ConvCase } from '../../../../../src/validator/index.js';

export type Case = ConvCase & { readonly kernel: ForwardKernel };

/** Returns the shape of a validator's convolution case. */
export function shapeOf({ kernel, in: x, filter, stride, pad, dilation }: Case) {
  const sides = typeof pad === 'string' || typeof pad === 'number' ? null : pad;
  return convShape(kernel, x, filter, {
    strides: stride,
    dilations: dilation,
    pad: sides
      ? [
          [0, 0],
          [sides[0], sides[1]],
          [sides[2], sides[3]],
          [0, 0],
        ]
      : (pad as 'same'),
  });
}
