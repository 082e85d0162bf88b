import { type TensorInfo, TopK, type TopKAttrs } from '@tensorflow/tfjs-core';
import { inBlock, wordsAt } from './onHeap.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/**
 * TopK. Its positions are int32 and so are not on the heap; the values are neither, because a recording
 * calls a kernel again as a whole.
 */
export const topKKernel = stockOr<{ x: TensorInfo }, TopKAttrs>(
  TopK,
  ({ inputs: { x }, attrs: { k }, backend, micro }) => {
    const length = x.shape.at(-1) ?? 0;
    if (!isFloat(x) || x.shape.includes(0) || k > length || k < 1) return null;
    const shape = [...x.shape.slice(0, -1), k];
    const [rows, found] = [sizeOf(x.shape) / length, sizeOf(shape)];
    return inBlock(backend, 2 * 4 * found, (values) => {
      const positions = values + 4 * found;
      const from = backend.address(x);
      const isOrdered = micro.topK(from, rows, length, k, values, positions);
      // NaN has no order. Stock puts it in places that depend on its way to sort.
      if (isOrdered === 0) return null;
      return [
        backend.makeTensorInfo(shape, 'float32', backend.view(values, found).slice()),
        backend.makeTensorInfo(shape, 'int32', wordsAt(backend, positions, found).slice()),
      ];
    });
  },
);
