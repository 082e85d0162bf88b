import { LRN, type LRNAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { onHeap, withThreadBlocks } from './onHeap.js';
import { effort } from './shared/effort.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Powers that are made of square roots, and that nets use. */
const powers = [1, 0.75, 0.5];

export const lrnKernel = stockOr<{ x: TensorInfo }, LRNAttrs>(
  LRN,
  ({ inputs: { x }, attrs, backend, micro }) => {
    const { depthRadius, bias, alpha, beta } = attrs;
    const isWhole = Number.isInteger(depthRadius) && depthRadius >= 0;
    if (!isFloat(x) || x.shape.length !== 4 || x.shape.includes(0)) return null;
    if (!isWhole || !powers.includes(beta)) return null;
    const [length, channels] = [sizeOf(x.shape), x.shape[3]];
    const radius = Math.min(depthRadius, channels);
    return onHeap(backend, x.shape, (y) => {
      const from = backend.address(x);
      const bytes = 4 * (channels + 2 * radius);
      const nothing = () => {};
      withThreadBlocks(backend, bytes, nothing, (scratch, step) =>
        backend.stepInParts(micro, {
          length,
          grain: channels,
          y,
          whole: [],
          blocks: [y, scratch],
          effort: effort.polynomial + effort.reduced * 2 * radius,
          call: (first, count, thread) => [
            'localResponse',
            from + 4 * first,
            y + 4 * first,
            count / channels,
            channels,
            radius,
            bias,
            alpha,
            beta,
            scratch + thread * step,
          ],
        }),
      );
    });
  },
);
