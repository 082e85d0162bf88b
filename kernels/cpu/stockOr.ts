import {
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { CPUKernel, CPURunner, KernelArgs } from './kernel.js';
import { type Microkernels, microkernelsOf } from './microkernels.js';

/** The arguments of our kernels. */
export interface HeapArgs<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: CPURunner;
  readonly micro: Microkernels;
}

/**
 * Makes a kernel that computes on the heap. It falls back to stock 'cpu' if there are no
 * microkernels, or if `compute` returns null because it does not support the call.
 * @param plainly computes before stock does; returns null for calls that stock should compute
 */
export function stockOr<Inputs, Attrs = undefined>(
  kernelName: string,
  compute: (args: HeapArgs<Inputs, Attrs>) => TensorInfo | TensorInfo[] | null,
  plainly: (backend: CPURunner, inputs: Inputs, attrs: Attrs) => TensorInfo | null = () => null,
): CPUKernel {
  const run = (args: KernelArgs) => {
    const backend = args.backend as CPURunner;
    const micro = microkernelsOf(backend);
    const inputs = args.inputs as unknown as Inputs;
    const attrs = args.attrs as unknown as Attrs;
    const y = micro === null ? null : compute({ inputs, attrs, backend, micro });
    return y ?? plainly(backend, inputs, attrs) ?? getKernel(kernelName, 'cpu').kernelFunc(args);
  };
  return { kernelName, kernelFunc: run as KernelConfig['kernelFunc'] };
}

/** Calls a stock kernel by its name. */
export function callStock(
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
  backend: KernelArgs['backend'],
): TensorInfo {
  return getKernel(kernelName, 'cpu').kernelFunc({ inputs, attrs, backend }) as TensorInfo;
}

export const isFloat = ({ dtype }: TensorInfo) => dtype === 'float32';

/** True for the types whose values are words of the heap, so that they are moved in the same way. */
export const isWord = ({ dtype }: TensorInfo) => dtype === 'float32' || dtype === 'int32';

export const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
