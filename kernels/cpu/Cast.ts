import { Cast, type CastAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { bytesOf, isHeapType } from './heapType.js';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import { sizeOf, stockOr } from './stockOr.js';
import { Type } from './wasm/numbers.js';

/**
 * Converts values to another type. Unlike stock's casts to a wider type, the result does not share the
 * values of x, because the heap stores each type in its own way.
 */
export const castKernel = stockOr<{ x: TensorInfo }, CastAttrs>(
  Cast,
  ({ inputs: { x }, attrs: { dtype: to }, backend, micro }) => {
    const from = x.dtype;
    if (from === to || !isHeapType(from) || !isHeapType(to)) return null;
    const write = (y: number) => {
      const [at, length] = [backend.address(x), sizeOf(x.shape)];
      const [size, ySize] = [bytesOf(from), bytesOf(to)];
      backend.stepInParts(micro, {
        length,
        grain: 1,
        effort: effort.value,
        y,
        whole: [],
        blocks: [y],
        call: (first, count) => [
          'cast',
          Type[from],
          Type[to],
          at + first * size,
          y + first * ySize,
          count,
        ],
      });
    };
    return onHeap(backend, x.shape, write, to);
  },
);
