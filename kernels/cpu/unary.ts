import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type UnaryOp, type UnaryRow, unaryRows } from '../elementwise/unary.js';
import { bytesOf } from './heapType.js';
import type { CPUKernel } from './kernel.js';
import { onHeap } from './onHeap.js';
import { sizeOf, stockOr } from './stockOr.js';
import { Unary } from './wasm/numbers.js';

/** The column of the CPU engine: each row's microkernel, which is a number of wasm/unary.ts. */
const microkernels: Readonly<Record<UnaryOp, Unary>> = Unary;

function unaryKernel(op: UnaryOp): CPUKernel {
  const row: UnaryRow = unaryRows[op];
  const { kernel, takes = 'float32', result = 'float32', attributes = [] } = row;
  return stockOr<{ x: TensorInfo }, Record<string, number>>(
    kernel,
    ({ inputs: { x }, attrs, backend, micro }) => {
      if (x.dtype !== takes) return null;
      const [p = 0, q = 0] = attributes.map((name) => attrs[name]);
      const write = (y: number) => {
        const [at, length] = [backend.address(x), sizeOf(x.shape)];
        backend.stepInParts({
          ...{ length, grain: 1, y, whole: [] },
          run: (from, count) =>
            micro.unary(
              microkernels[op],
              at + from * bytesOf(takes),
              y + from * bytesOf(result),
              ...([count, p, q] as const),
            ),
        });
      };
      return onHeap(backend, x.shape, write, result);
    },
  );
}

export const unaryKernels: readonly CPUKernel[] = (Object.keys(unaryRows) as UnaryOp[]).map(
  unaryKernel,
);
