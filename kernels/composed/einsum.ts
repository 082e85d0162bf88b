/** Einsum of two tensors as a product of matrices. */
import {
  BatchMatMul,
  Einsum,
  type EinsumAttrs,
  Sum,
  type TensorInfo,
  Transpose,
} from '@tensorflow/tfjs-core';
import { einsumPlan } from '../shape/einsum.js';
import { type Composed, type Run, reshaped } from './compose.js';

/** Stock multiplies the operands broadcast to all axes, and sums then. */
export const einsum: Composed = {
  kernelName: Einsum,
  compute(inputs, attrs, run) {
    const operands = inputs as unknown as TensorInfo[];
    if (operands.some(({ dtype }) => dtype !== 'float32')) return null;
    const { equation } = attrs as unknown as EinsumAttrs;
    const plan = einsumPlan(
      equation,
      operands.map(({ shape }) => shape),
    );
    if (plan === null) return null;
    const { left, right } = plan;
    const [a, b] = [left, right].map(({ operand, sums, perm, shape }) => {
      const x = ordered(run, summed(run, operands[operand], sums), perm);
      return reshaped(run, x, shape);
    });
    const flags = { transposeA: left.isTransposed, transposeB: right.isTransposed };
    const product = run(BatchMatMul, { a, b }, flags);
    return ordered(run, reshaped(run, product, plan.shape), plan.perm);
  },
};

function ordered(run: Run, x: TensorInfo, perm: readonly number[] | null): TensorInfo {
  return perm === null ? x : run(Transpose, { x }, { perm: [...perm] });
}

function summed(run: Run, x: TensorInfo, axes: readonly number[]): TensorInfo {
  return axes.length === 0 ? x : run(Sum, { x }, { axis: [...axes], keepDims: false });
}
