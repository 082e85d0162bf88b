/** Element-wise kernels of one tensor, such as Relu. */
import {
  ClipByValue,
  type ClipByValueAttrs,
  type ClipByValueInputs,
  Elu,
  LeakyRelu,
  type LeakyReluAttrs,
  type LeakyReluInputs,
  Relu,
  Relu6,
  Sigmoid,
  Tanh,
  type UnaryInputs,
} from '@tensorflow/tfjs-core';
import { unary } from './elementwise.js';
import { tiledKernel } from './fallback.js';
import type { UnaryOp } from './glsl/stepFunctions.js';

const simple: readonly (readonly [string, UnaryOp])[] = [
  [Relu, 'relu'],
  [Relu6, 'relu6'],
  [Elu, 'elu'],
  [Sigmoid, 'sigmoid'],
  [Tanh, 'tanh'],
];

export const unaryKernels = [
  ...simple.map(([kernelName, op]) =>
    tiledKernel<UnaryInputs, unknown>(kernelName, (runner, { x }) => unary(runner, op, x)),
  ),
  tiledKernel<LeakyReluInputs, LeakyReluAttrs>(LeakyRelu, (runner, { x }, { alpha }) =>
    unary(runner, 'leakyrelu', x, { Alpha: alpha }),
  ),
  tiledKernel<ClipByValueInputs, ClipByValueAttrs>(
    ClipByValue,
    (runner, { x }, { clipValueMin, clipValueMax }) =>
      unary(runner, 'clip', x, { Range: [clipValueMin, clipValueMax] }),
  ),
];
