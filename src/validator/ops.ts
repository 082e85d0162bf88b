import type * as tf from '@tensorflow/tfjs-core';
import { type Case, isConvCase } from './cases.js';
import { convOp, type Operands } from './convOps.js';
import type { Tensors } from './kernels/kernelRow.js';
import { rowOfCase } from './kernels/kernelTable.js';

/**
 * Computes a case with tfjs's public op on the backend in use.
 * @throws Error of the op or the backend
 */
export function op(c: Case, tensors: Tensors): tf.Tensor {
  if (!isConvCase(c)) return rowOfCase(c).run(c, tensors);
  return convOp(c, tensors as unknown as Operands);
}

/** Returns the name of the operand whose values differ when a recording is made. */
export function firstOperand(c: Case): string {
  if (!isConvCase(c)) return rowOfCase(c).operands(c)[0].name;
  return c.kernel === 'conv2dTranspose' ? 'dy' : 'x';
}
