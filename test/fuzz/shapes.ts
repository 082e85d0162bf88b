/** Shapes of tensors in either format. */
import { type ConvCase, outputOf } from '../../src/validator/index.js';

export type Format = ConvCase['format'];
export type Shape4 = readonly [number, number, number, number];

/** Returns the batch, height, width and channels of a shape in the order of a format. */
export const sizesOf = ([a, b, c, d]: Shape4, format: Format): Shape4 =>
  format === 'NHWC' ? [a, b, c, d] : [a, c, d, b];

/** Returns the shape, in the order of a format, for a batch, height, width and channels. */
export const shapeOf = ([n, h, w, c]: Shape4, format: Format): Shape4 =>
  format === 'NHWC' ? [n, h, w, c] : [n, c, h, w];

/** Returns the sizes of a convolution's result. A size may be negative if there is no result. */
export function outSizesOf(c: ConvCase): Shape4 {
  if (c.kernel === 'conv2dTranspose') return c.in;
  const { rows, cols } = outputOf(c);
  const depth = c.kernel === 'depthwiseConv2d' ? c.filter[2] * c.filter[3] : c.filter[3];
  return [c.in[0], rows, cols, depth];
}
