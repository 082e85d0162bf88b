/** The kernel Einsum of both engines, made of their other kernels. */
import {
  BatchMatMul,
  Einsum,
  type EinsumAttrs,
  type KernelBackend,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  Reshape,
  Sum,
  type TensorInfo,
  Transpose,
} from '@tensorflow/tfjs-core';
import { einsumPlan } from '../shape/einsum.js';

type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;

/** The part of a backend that this file uses. */
interface Backend extends KernelBackend {
  disposeIntermediateTensorInfo(x: TensorInfo): void;
}

/** Calls a stock kernel by its name. */
type CallStock = (
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
  backend: KernelBackend,
) => TensorInfo;

/**
 * Returns a kernel that computes sums of products of two tensors as products of matrices, each step with
 * the fallbacks of its kernel. Stock multiplies the operands broadcast to all axes, and sums then.
 * @param kernels the engine's own kernels, among them Transpose, BatchMatMul and Sum
 */
export function einsumOf(kernels: readonly Kernel[], callStock: CallStock): Kernel {
  const functions = new Map(kernels.map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));
  return {
    kernelName: Einsum,
    kernelFunc: (args) => {
      const backend = args.backend as Backend;
      const operands = args.inputs as unknown as TensorInfo[];
      const { equation } = args.attrs as unknown as EinsumAttrs;
      const isFloat = operands.every(({ dtype }) => dtype === 'float32');
      const shapes = operands.map(({ shape }) => shape);
      const plan = isFloat ? einsumPlan(equation, shapes) : null;
      if (plan === null) return callStock(Einsum, args.inputs, { equation }, backend);

      const made: TensorInfo[] = [];
      const make = (kernelName: string, inputs: NamedTensorInfoMap, attrs: NamedAttrMap) => {
        const own = functions.get(kernelName)?.({ inputs, attrs, backend }) as
          | TensorInfo
          | undefined;
        const y = own ?? callStock(kernelName, inputs, attrs, backend);
        made.push(y);
        return y;
      };
      const reshaped = (x: TensorInfo, shape: readonly number[]) =>
        make(Reshape, { x }, { shape: [...shape] });
      const ordered = (x: TensorInfo, perm: readonly number[] | null) =>
        perm === null ? x : make(Transpose, { x }, { perm: [...perm] });
      const summed = (x: TensorInfo, axes: readonly number[]) =>
        axes.length === 0 ? x : make(Sum, { x }, { axis: [...axes], keepDims: false });

      let result: TensorInfo | null = null;
      try {
        const { left, right } = plan;
        const [a, b] = [left, right].map(({ operand, sums, perm, shape }) =>
          reshaped(ordered(summed(operands[operand], sums), perm), shape),
        );
        const flags = { transposeA: left.isTransposed, transposeB: right.isTransposed };
        result = ordered(reshaped(make(BatchMatMul, { a, b }, flags), plan.shape), plan.perm);
        return result;
      } finally {
        for (const x of made) if (x !== result) backend.disposeIntermediateTensorInfo(x);
      }
    },
  };
}
