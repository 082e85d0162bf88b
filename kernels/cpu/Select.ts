import { Select, type TensorInfo } from '@tensorflow/tfjs-core';
import { bytesOf, isHeapType } from './heapType.js';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import { sizeOf, stockOr } from './stockOr.js';

interface Inputs {
  condition: TensorInfo;
  t: TensorInfo;
  e: TensorInfo;
}

/** Returns the values of t where the condition is true, else those of e. All have one shape. */
export const selectKernel = stockOr<Inputs>(
  Select,
  ({ inputs: { condition, t, e }, backend, micro }) => {
    const { dtype, shape } = t;
    const isSame = [condition, e].every((other) => other.shape.join() === shape.join());
    if (condition.dtype !== 'bool' || e.dtype !== dtype || !isSame || !isHeapType(dtype)) {
      return null;
    }
    const write = (y: number) => {
      const [at, tAt, eAt] = [condition, t, e].map((input) => backend.address(input));
      const size = bytesOf(dtype);
      backend.stepInParts(micro, {
        length: sizeOf(shape),
        grain: 1,
        effort: effort.value,
        y,
        whole: [],
        blocks: [y],
        call: (from, count) => {
          const [a, b, into] = [tAt, eAt, y].map((address) => address + from * size);
          return ['select', at + from, a, b, into, count, Number(size === 1)];
        },
      });
    };
    return onHeap(backend, shape, write, dtype);
  },
);
