/**
 * MaxPoolGrad and AvgPoolGrad, never by stock's kernels: these divide the gradient of a mean by the size of the
 * filter also where a window reaches outside the input, and ignore the last windows of sizes that were
 * rounded up.
 */
import {
  AvgPoolGrad,
  type MaxPoolAttrs,
  MaxPoolGrad,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type PoolGradientOp, poolGradient, writePoolGradient } from '../shape/poolGradient.js';
import { PARTS } from './job.js';
import { type CPUKernel, valuesOf } from './kernel.js';
import { onHeap, withThreadBlocks, writeWords } from './onHeap.js';
import { effort } from './shared/effort.js';
import type { Call } from './shared/work.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** Number of channels that are computed together at least: a line of the cache. */
const CHANNELS = 16;
/** Number of words that wasm/poolGradient.ts sets itself. */
const ownWords = 2;

type Inputs = Readonly<Record<'input' | 'dy', TensorInfo>>;

/**
 * Makes a kernel that shares its work by images or, if there are few, by channels: windows overlap, so that
 * two of them may write to one pixel.
 */
const gradientKernel = (kernelName: string, op: PoolGradientOp): CPUKernel =>
  stockOr<Inputs, MaxPoolAttrs>(
    kernelName,
    ({ inputs: { dy, input }, attrs, backend, micro }) => {
      const g = poolGradient(kernelName, { input, dy }, attrs);
      if (!isFloat(dy) || !isFloat(input) || input.shape.includes(0)) return null;
      const { batch, channels } = g;
      const all = effort.reduced * g.filterHeight * g.filterWidth * sizeOf(dy.shape);
      return onHeap(backend, input.shape, (dx) => {
        // The words are in the order of wasm/poolGradient.ts.
        const words = [
          ...[batch, g.height, g.width, channels, g.outHeight, g.outWidth],
          ...[g.filterHeight, g.filterWidth, g.strideHeight, g.strideWidth],
          ...[1, 1, g.padTop, g.padLeft, Number(op === 'max')],
          ...[backend.address(input), backend.address(dy), dx],
        ];
        const fill = (job: number) => writeWords(backend, job, words);
        withThreadBlocks(backend, 4 * (words.length + ownWords), fill, (first, step) => {
          const ofThread = (thread: number, ...ranges: number[]): Call => [
            'poolGradient',
            first + thread * step,
            ...ranges,
          ];
          const blocks = [first, dx];
          const areMany = batch >= PARTS * backend.sharing.threadCount;
          backend.stepInParts(
            micro,
            areMany
              ? {
                  length: batch,
                  grain: 1,
                  effort: all / batch,
                  blocks,
                  call: (from, count, thread) => ofThread(thread, from, from + count, 0, channels),
                }
              : {
                  length: channels,
                  grain: Math.min(CHANNELS, channels),
                  blocks,
                  effort: all / channels,
                  call: (from, count, thread) => ofThread(thread, 0, batch, from, from + count),
                },
          );
        });
        backend.countVariant(kernelName, micro.build);
      });
    },
    (backend, { dy, input }, attrs) => {
      const g = poolGradient(kernelName, { input, dy }, attrs);
      const dx = new Float32Array(sizeOf(input.shape));
      const x = op === 'max' ? valuesOf(backend, input) : null;
      writePoolGradient(g, valuesOf(backend, dy), x, dx);
      return backend.makeTensorInfo([...input.shape], 'float32', dx);
    },
  );

export const poolGradientKernels: readonly CPUKernel[] = [
  gradientKernel(MaxPoolGrad, 'max'),
  gradientKernel(AvgPoolGrad, 'avg'),
];
