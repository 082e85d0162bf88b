import {
  AvgPool,
  type AvgPoolAttrs,
  backend_util,
  MaxPool,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { CPUKernel } from './kernel.js';
import { onHeap, writeWords } from './onHeap.js';
import { effort } from './shared/effort.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Index of the address of x in the words of a pool. */
const X_AT = 15;

const poolKernel = (kernelName: string, isMax: boolean): CPUKernel =>
  stockOr<{ x: TensorInfo }, AvgPoolAttrs>(
    kernelName,
    ({ inputs: { x }, attrs, backend, micro }) => {
      if (!isFloat(x) || x.shape.length !== 4) return null;
      const { filterSize, strides, pad, dimRoundingMode } = attrs;
      const s = backend_util.computePool2DInfo(
        x.shape as [number, number, number, number],
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      // Stock then returns x itself, regardless of strides and padding.
      const isIdentity = s.filterHeight * s.filterWidth === 1;
      if (isIdentity && util.arraysEqual(s.inShape, s.outShape)) return null;
      return onHeap(backend, s.outShape, (y) => {
        // The words are in the order of wasm/pool.ts.
        const words = [
          s.batchSize,
          s.inHeight,
          s.inWidth,
          s.inChannels,
          s.outHeight,
          s.outWidth,
          s.filterHeight,
          s.filterWidth,
          s.strideHeight,
          s.strideWidth,
          s.dilationHeight,
          s.dilationWidth,
          s.padInfo.top,
          s.padInfo.left,
          Number(isMax),
          backend.address(x),
          y,
        ];
        backend.withBlock(4 * words.length, (job) => {
          writeWords(backend, job, words);
          const values = s.outWidth * s.outChannels;
          const taps = s.filterHeight * s.filterWidth;
          backend.stepInParts(micro, {
            length: sizeOf(s.outShape),
            grain: values,
            effort: effort.reduced * taps,
            y,
            whole: [words[X_AT]],
            blocks: [y, job],
            call: (from, count) => ['pool', job, from / values, (from + count) / values],
          });
        });
      });
    },
  );

export const poolKernels: readonly CPUKernel[] = [
  poolKernel(MaxPool, true),
  poolKernel(AvgPool, false),
];
