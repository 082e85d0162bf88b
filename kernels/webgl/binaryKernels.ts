/** Element-wise kernels of two tensors, such as Add: a kernel for each row of their table. */
import type { NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import { type BinaryOp, type BinaryRow, binaryRows } from '../elementwise/binary.js';
import { binary } from './elementwise.js';
import { tiledKernel } from './fallback.js';

export const binaryKernels = (Object.keys(binaryRows) as BinaryOp[]).map((op) => {
  const { kernel, inputs: [a, b] = ['a', 'b'] }: BinaryRow = binaryRows[op];
  return tiledKernel<NamedTensorInfoMap, unknown>(kernel, (runner, inputs) =>
    binary(runner, op, inputs[a], inputs[b]),
  );
});
