import { Elu, Exp, Sigmoid, Tanh, type TensorInfo } from '@tensorflow/tfjs-core';
import type { CPUKernel } from './kernel.js';
import { onHeap } from './onHeap.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Functions by their numbers in wasm/exponential.ts. */
export const exponentials = { sigmoid: 0, elu: 1, tanh: 2, exp: 3 } as const;

const kernel = (kernelName: string, name: keyof typeof exponentials): CPUKernel =>
  stockOr<{ x: TensorInfo }>(kernelName, ({ inputs: { x }, backend, micro }) =>
    isFloat(x)
      ? onHeap(backend, x.shape, (y) =>
          micro.exponential(exponentials[name], backend.address(x), y, sizeOf(x.shape)),
        )
      : null,
  );

export const exponentialKernels: readonly CPUKernel[] = [
  kernel(Sigmoid, 'sigmoid'),
  kernel(Elu, 'elu'),
  kernel(Tanh, 'tanh'),
  kernel(Exp, 'exp'),
];
