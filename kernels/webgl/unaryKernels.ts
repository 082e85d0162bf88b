/** Element-wise kernels of one tensor, such as Relu: a kernel for each row of their table. */
import type { UnaryInputs } from '@tensorflow/tfjs-core';
import { type UnaryOp, unaryRows } from '../elementwise/unary.js';
import { unary } from './elementwise.js';
import { tiledKernel } from './fallback.js';

export const unaryKernels = (Object.keys(unaryRows) as UnaryOp[]).map((op) =>
  tiledKernel<UnaryInputs, Readonly<Record<string, unknown>>>(
    unaryRows[op].kernel,
    (runner, { x }, attributes) => unary(runner, op, x, attributes),
  ),
);
