import { backend_util, Mean, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { CPUKernel } from './kernel.js';
import { onHeap } from './onHeap.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/**
 * Makes a kernel that reduces x [outer, count, inner] to [outer, inner], in float64. The reduced
 * axes must be adjacent.
 */
const reduceKernel = (kernelName: string, isMean: boolean): CPUKernel =>
  stockOr<{ x: TensorInfo }, { axis: number | number[]; keepDims: boolean }>(
    kernelName,
    ({ inputs: { x }, attrs: { axis, keepDims }, backend, micro }) => {
      const axes = util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
      const follow = axes.every((at, i) => i === 0 || at === axes[i - 1] + 1);
      if (!isFloat(x) || axes.length === 0 || !follow || x.shape.includes(0)) return null;
      const [first, end] = [axes[0], axes[0] + axes.length];
      const [outer, count] = [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(first, end))];
      const inner = sizeOf(x.shape.slice(end));
      const [reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes);
      const shape = keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
      return onHeap(backend, shape, (y) => {
        const from = backend.address(x);
        backend.step(() => micro.reduce(from, y, outer, count, inner, isMean ? count : 1));
      });
    },
  );

export const reduceKernels: readonly CPUKernel[] = [
  reduceKernel(Mean, true),
  reduceKernel(Sum, false),
];
