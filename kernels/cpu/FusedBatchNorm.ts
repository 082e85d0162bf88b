import { FusedBatchNorm, type TensorInfo } from '@tensorflow/tfjs-core';
import { valuesOf } from './kernel.js';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

interface BatchNormInputs {
  x: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  offset?: TensorInfo;
  scale?: TensorInfo;
}

/**
 * Computes (x - mean) * scale / sqrt(variance + epsilon) + offset. The parameters have one rank, and
 * one value, or one for each of the innermost values of x, or one for each value of x.
 */
export const fusedBatchNormKernel = stockOr<BatchNormInputs, { varianceEpsilon?: number }>(
  FusedBatchNorm,
  ({ inputs, attrs, backend, micro }) => {
    const { x, mean, variance, offset, scale } = inputs;
    const parts = [mean, variance, offset, scale].filter((t) => t != null);
    const [size, depth] = [sizeOf(x.shape), x.shape.at(-1) ?? 1];
    const most = Math.max(...parts.map((t) => sizeOf(t.shape)));
    const channels = most === 1 ? depth : most;
    const isSupported = parts.every(
      (t) =>
        isFloat(t) &&
        [1, channels].includes(sizeOf(t.shape)) &&
        t.shape.length === mean.shape.length,
    );
    if (!isFloat(x) || !isSupported || ![depth, size].includes(channels)) return null;
    const epsilon = attrs.varianceEpsilon ?? 0.001;
    for (const part of parts) backend.noteConstant(part, 'a parameter of batch norm');
    return onHeap(backend, x.shape, (y) => {
      const xAt = backend.address(x);
      backend.withBlock(3 * 4 * channels, (block) => {
        const into = backend.view(block, 3 * channels);
        const of = (t: TensorInfo | undefined, c: number, otherwise: number) => {
          if (t == null) return otherwise;
          const values = valuesOf(backend, t);
          return values.length === 1 ? values[0] : values[c];
        };
        for (let c = 0; c < channels; c++) {
          into[c] = of(mean, c, 0);
          into[channels + c] = of(scale, c, 1) / Math.sqrt(of(variance, c, 0) + epsilon);
          into[2 * channels + c] = of(offset, c, 0);
        }
        const [factorAt, offsetAt] = [block + 4 * channels, block + 8 * channels];
        backend.stepInParts(micro, {
          length: size,
          grain: Math.max(1, channels),
          y,
          whole: [],
          blocks: [y],
          effort: effort.value,
          call: (from, count) => [
            'normalize',
            xAt + 4 * from,
            y + 4 * from,
            count / channels,
            channels,
            block,
            factorAt,
            offsetAt,
          ],
        });
      });
    });
  },
);
