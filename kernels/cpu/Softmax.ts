import { Softmax, type SoftmaxAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

export const softmaxKernel = stockOr<{ logits: TensorInfo }, SoftmaxAttrs>(
  Softmax,
  ({ inputs: { logits }, attrs: { dim }, backend, micro }) => {
    const { shape } = logits;
    const last = shape.length - 1;
    const length = shape[last];
    const isLast = last >= 0 && (dim === -1 || dim === last);
    if (!isFloat(logits) || !isLast || shape.includes(0)) return null;
    return onHeap(backend, shape, (y) => {
      const x = backend.address(logits);
      backend.stepInParts(micro, {
        ...{
          length: sizeOf(shape),
          grain: length,
          effort: effort.polynomial,
          y,
          whole: [],
          blocks: [y],
        },
        call: (from, count) => ['softmax', x + 4 * from, y + 4 * from, count / length, length],
      });
    });
  },
);
