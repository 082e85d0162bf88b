import { Elu, Exp, Sigmoid, Tanh, type TensorInfo } from '@tensorflow/tfjs-core';
import type { CPUKernel } from './kernel.js';
import { onHeap } from './onHeap.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Functions by their numbers in wasm/exponential.ts. */
export const exponentials = { sigmoid: 0, elu: 1, tanh: 2, exp: 3 } as const;

const kernel = (kernelName: string, name: keyof typeof exponentials): CPUKernel =>
  stockOr<{ x: TensorInfo }>(kernelName, ({ inputs: { x }, backend, micro }) =>
    isFloat(x)
      ? onHeap(backend, x.shape, (y) => {
          const [at, length] = [backend.address(x), sizeOf(x.shape)];
          backend.stepInParts({
            ...{ length, grain: 1, y, whole: [] },
            run: (from, count) =>
              micro.exponential(exponentials[name], at + 4 * from, y + 4 * from, count),
          });
        })
      : null,
  );

export const exponentialKernels: readonly CPUKernel[] = [
  kernel(Sigmoid, 'sigmoid'),
  kernel(Elu, 'elu'),
  kernel(Tanh, 'tanh'),
  kernel(Exp, 'exp'),
];
