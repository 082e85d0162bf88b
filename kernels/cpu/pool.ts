import {
  AvgPool,
  type AvgPoolAttrs,
  backend_util,
  MaxPool,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { CPUKernel } from './kernel.js';
import { onHeap, wordsAt } from './onHeap.js';
import { effort } from './shared/effort.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Returns the sizes of a pool of x [n, h, w, c]. */
export const poolInfo = (
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: AvgPoolAttrs,
): backend_util.Conv2DInfo =>
  backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );

/** Returns the words of a pool, in the order of wasm/pool.ts; `x` and `y` are addresses. */
export const poolWords = (
  s: backend_util.Conv2DInfo,
  isMax: boolean,
  x: number,
  y: number,
): number[] => [
  ...[s.batchSize, s.inHeight, s.inWidth, s.inChannels, s.outHeight, s.outWidth],
  ...[s.filterHeight, s.filterWidth, s.strideHeight, s.strideWidth],
  ...[s.dilationHeight, s.dilationWidth, s.padInfo.top, s.padInfo.left],
  ...[Number(isMax), x, y],
];

const poolKernel = (kernelName: string, isMax: boolean): CPUKernel =>
  stockOr<{ x: TensorInfo }, AvgPoolAttrs>(
    kernelName,
    ({ inputs: { x }, attrs, backend, micro }) => {
      if (!isFloat(x) || x.shape.length !== 4) return null;
      const s = poolInfo(x, attrs);
      // Stock then returns x itself, regardless of strides and padding.
      const isIdentity = s.filterHeight * s.filterWidth === 1;
      if (isIdentity && util.arraysEqual(s.inShape, s.outShape)) return null;
      return onHeap(backend, s.outShape, (y) => {
        const from = backend.address(x);
        const words = poolWords(s, isMax, from, y);
        backend.withBlock(4 * words.length, (job) => {
          wordsAt(backend, job, words.length).set(words);
          const values = s.outWidth * s.outChannels;
          const taps = s.filterHeight * s.filterWidth;
          backend.stepInParts(micro, {
            ...{ length: sizeOf(s.outShape), grain: values, effort: effort.tap * taps },
            ...{ y, whole: [from], blocks: [y, job] },
            call: (first, count) => ['pool', job, first / values, (first + count) / values],
          });
        });
      });
    },
  );

export const poolKernels: readonly CPUKernel[] = [
  poolKernel(MaxPool, true),
  poolKernel(AvgPool, false),
];
