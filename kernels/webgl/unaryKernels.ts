/** Relu and its like: element-wise functions of one tensor. */
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
import { tiledKernel } from './ladder.js';
import type { UnarySpec } from './programs/elementwise.js';

const simple: readonly (readonly [string, UnarySpec['op']])[] = [
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
    unary(runner, 'leakyrelu', x, { alpha }),
  ),
  tiledKernel<ClipByValueInputs, ClipByValueAttrs>(
    ClipByValue,
    (runner, { x }, { clipValueMin, clipValueMax }) =>
      unary(runner, 'clip', x, { clipRange: [clipValueMin, clipValueMax] }),
  ),
];
