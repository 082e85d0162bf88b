/** Gradients of the inputs of pools. */
import {
  AvgPoolGrad,
  type AvgPoolGradAttrs,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { PARTS } from './job.js';
import type { CPUKernel } from './kernel.js';
import { onHeap, withThreadBlocks, wordsAt } from './onHeap.js';
import { poolInfo, poolWords } from './pool.js';
import { effort } from './shared/effort.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Number of channels that are computed together at least: a line of the cache. */
const CHANNELS = 16;
/** Number of words that wasm/poolGradient.ts sets itself. */
const ownWords = 2;

/**
 * Makes a kernel that shares its work by images or, if there are few, by channels: windows overlap, so that
 * two of them may write to one pixel.
 */
const gradientKernel = (kernelName: string, isMax: boolean): CPUKernel =>
  stockOr<{ dy: TensorInfo; input: TensorInfo }, AvgPoolGradAttrs | MaxPoolGradAttrs>(
    kernelName,
    ({ inputs: { dy, input: x }, attrs, backend, micro }) => {
      if (!isFloat(dy) || !isFloat(x) || x.shape.length !== 4 || x.shape.includes(0)) return null;
      const s = poolInfo(x, attrs);
      // tfjs passes no rounding mode on; stock computes what it can of a dy of another size.
      if (!util.arraysEqual(dy.shape, s.outShape)) return null;
      const { batchSize: batch, inChannels: channels } = s;
      const taps = s.filterHeight * s.filterWidth;
      const all = effort.tap * taps * sizeOf(s.outShape);
      return onHeap(backend, x.shape, (dx) => {
        const words = [...poolWords(s, isMax, backend.address(x), backend.address(dy)), dx];
        const fill = (job: number) => wordsAt(backend, job, words.length).set(words);
        withThreadBlocks(backend, 4 * (words.length + ownWords), fill, (first, step) =>
          backend.stepInParts(
            micro,
            batch >= PARTS * backend.sharing.threadCount
              ? {
                  ...{ length: batch, grain: 1, effort: all / batch, blocks: [first, dx] },
                  call: (from, count, thread) => [
                    ...(['poolGradient', first + thread * step] as const),
                    ...[from, from + count, 0, channels],
                  ],
                }
              : {
                  ...{ length: channels, grain: Math.min(CHANNELS, channels) },
                  ...{ effort: all / channels, blocks: [first, dx] },
                  call: (from, count, thread) => [
                    ...(['poolGradient', first + thread * step] as const),
                    ...[0, batch, from, from + count],
                  ],
                },
          ),
        );
      });
    },
  );

export const poolGradientKernels: readonly CPUKernel[] = [
  gradientKernel(MaxPoolGrad, true),
  gradientKernel(AvgPoolGrad, false),
];
