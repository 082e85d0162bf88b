import * as tf from '@tensorflow/tfjs-core';
import { type ConvCase, isDepthwise, isOfFilter } from './convCase.js';
import { ensureGradients } from './ensureGradient.js';

/** Inputs of a convolution as tensors of the backend in use. */
export interface Operands {
  readonly x: tf.Tensor4D;
  readonly filter: tf.Tensor4D;
  readonly bias?: tf.Tensor;
  readonly prelu?: tf.Tensor;
  readonly dy?: tf.Tensor4D;
}

/**
 * Computes a convolution with tfjs's public op on the backend in use.
 * @throws Error of the op or the backend
 */
export function convOp(c: ConvCase, operands: Operands): tf.Tensor {
  switch (c.kernel) {
    case 'conv2d':
    case 'depthwiseConv2d':
      return c.activation === undefined ? plain(c, operands) : fused(c, operands);
    case 'conv2dTranspose': {
      const { filter, dy } = operands;
      const shape: [number, number, number, number] = [...c.in];
      return tf.conv2dTranspose(dy!, filter, shape, [...c.stride], tfjsPad(c), c.rounding);
    }
    case 'conv2dGradInput':
    case 'conv2dGradFilter':
    case 'depthwiseConv2dGradInput':
    case 'depthwiseConv2dGradFilter':
      return gradient(c, operands);
  }
}

function plain(c: ConvCase, { x, filter }: Operands): tf.Tensor4D {
  const convolution = c.kernel === 'depthwiseConv2d' ? tf.depthwiseConv2d : tf.conv2d;
  return convolution(x, filter, [...c.stride], tfjsPad(c), c.format, [...c.dilation], c.rounding);
}

function fused(c: ConvCase, { x, filter, bias, prelu }: Operands): tf.Tensor4D {
  // The depthwise op accepts explicit pads too, but its type does not say so.
  const depthwise = tf.fused.depthwiseConv2d as typeof tf.fused.conv2d;
  return (c.kernel === 'depthwiseConv2d' ? depthwise : tf.fused.conv2d)({
    x,
    filter,
    strides: [...c.stride],
    pad: tfjsPad(c),
    dataFormat: c.format,
    dilations: [...c.dilation],
    dimRoundingMode: c.rounding,
    bias,
    activation: c.activation,
    preluActivationWeights: prelu,
    leakyreluAlpha: c.alpha,
  });
}

function gradient(c: ConvCase, { x, filter, dy }: Operands): tf.Tensor {
  const depthwise = isDepthwise(c.kernel);
  ensureGradients(depthwise ? 'DepthwiseConv2dNative' : 'Conv2D');
  const kernel = depthwise ? 'depthwiseConv2d' : 'conv2d';
  return isOfFilter(c.kernel)
    ? tf.grad((t) => plain({ ...c, kernel }, { x, filter: t as tf.Tensor4D }))(filter, dy)
    : tf.grad((t) => plain({ ...c, kernel }, { x: t as tf.Tensor4D, filter }))(x, dy);
}

/**
 * Converts the padding of a case to tfjs's form, in which an explicit pad has one pair for each
 * axis of the format.
 */
export function tfjsPad(c: ConvCase): 'same' | 'valid' | number | tf.backend_util.ExplicitPadding {
  if (typeof c.pad !== 'object') return c.pad;
  const [top, bottom, left, right] = c.pad;
  const rows: [number, number] = [top, bottom];
  const cols: [number, number] = [left, right];
  return c.format === 'NHWC' ? [[0, 0], rows, cols, [0, 0]] : [[0, 0], [0, 0], rows, cols];
}
