import { backend_util, Mean, Sum, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { CPUKernel } from './kernel.js';
import { valuesOf } from './kernel.js';
import { onHeap } from './onHeap.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/**
 * Makes a kernel that reduces x [outer, count, inner] to [outer, inner], in float64. The reduced
 * axes must be adjacent.
 */
const reduceKernel = (kernelName: string, isMean: boolean): CPUKernel =>
  stockOr<{ x: TensorInfo }, { axis: number | number[]; keepDims: boolean }>(
    kernelName,
    ({ inputs: { x }, attrs: { axis, keepDims }, backend }) => {
      const axes = util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
      const follow = axes.every((at, i) => i === 0 || at === axes[i - 1] + 1);
      if (!isFloat(x) || axes.length === 0 || !follow || x.shape.includes(0)) return null;
      const [first, end] = [axes[0], axes[0] + axes.length];
      const [outer, count] = [sizeOf(x.shape.slice(0, first)), sizeOf(x.shape.slice(first, end))];
      const inner = sizeOf(x.shape.slice(end));
      const [reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes);
      const shape = keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
      return onHeap(backend, shape, (y) => {
        const sums = new Float64Array(inner);
        const reduce = () => {
          const from = valuesOf(backend, x);
          const to = backend.view(y, outer * inner);
          for (let o = 0, at = 0; o < outer; o++) {
            sums.fill(0);
            for (let i = 0; i < count; i++) {
              for (let c = 0; c < inner; c++) sums[c] += from[at++];
            }
            const scale = isMean ? count : 1;
            for (let c = 0; c < inner; c++) to[o * inner + c] = sums[c] / scale;
          }
        };
        backend.step(reduce, [x]);
      });
    },
  );

export const reduceKernels: readonly CPUKernel[] = [
  reduceKernel(Mean, true),
  reduceKernel(Sum, false),
];
