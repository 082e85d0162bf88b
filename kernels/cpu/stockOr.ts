import { getKernel, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import type { CPURunner, KernelArgs, TiledKernel } from './kernel.js';
import { type Microkernels, microkernelsOf } from './microkernels.js';

/** What a kernel of ours is given. */
export interface HeapArgs<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly backend: CPURunner;
  readonly micro: Microkernels;
}

/**
 * A kernel on the heap; where there is none, or `compute` gives null because it does not take what
 * it is asked for, stock 'cpu' computes.
 */
export function stockOr<Inputs, Attrs = undefined>(
  kernelName: string,
  compute: (args: HeapArgs<Inputs, Attrs>) => TensorInfo | null,
): TiledKernel {
  const run = (args: KernelArgs) => {
    const backend = args.backend as CPURunner;
    const micro = microkernelsOf(backend);
    const inputs = args.inputs as unknown as Inputs;
    const attrs = args.attrs as unknown as Attrs;
    const y = micro === null ? null : compute({ inputs, attrs, backend, micro });
    return y ?? getKernel(kernelName, 'cpu').kernelFunc(args);
  };
  return { kernelName, kernelFunc: run as KernelConfig['kernelFunc'] };
}

export const isFloat = ({ dtype }: TensorInfo) => dtype === 'float32';

export const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
