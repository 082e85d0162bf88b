/** Kernels that take values by their positions. */
import {
  backend_util,
  GatherNd,
  GatherV2,
  type GatherV2Attrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { HeapType } from './heapType.js';
import { type CPUKernel, valuesOf } from './kernel.js';
import { onHeap, wordsAt } from './onHeap.js';
import { effort } from './shared/effort.js';
import { type HeapArgs, isWord, sizeOf, stockOr } from './stockOr.js';

/** Sizes of wasm/gather.ts. */
interface Sizes {
  readonly batch: number;
  readonly outer: number;
  readonly size: number;
  readonly slice: number;
  /** Number of slices for each of `batch`. */
  readonly count: number;
}

/**
 * Takes slices of x.
 * @param fill writes the positions of the slices, whenever the indices may have changed
 */
function gather(
  { backend, micro }: HeapArgs<unknown, unknown>,
  x: TensorInfo,
  indices: TensorInfo,
  shape: readonly number[],
  { batch, outer, size, slice, count }: Sizes,
  fill: (positions: Int32Array, indices: ArrayLike<number>) => void,
): TensorInfo | null {
  const write = (y: number) => {
    const from = backend.address(x);
    backend.withBlock(4 * batch * count, (positions) => {
      backend.step(
        () => fill(wordsAt(backend, positions, batch * count), valuesOf(backend, indices)),
        [indices],
      );
      const axis = batch > 1 ? 'batch' : outer > 1 ? 'outer' : 'count';
      const all = { batch, outer, count };
      const length = all[axis];
      const slices = (batch * outer * count) / length;
      const xStep = axis === 'count' ? 0 : (4 * batch * outer * size * slice) / length;
      const listStep = axis === 'outer' ? 0 : (4 * batch * count) / length;
      backend.stepInParts(micro, {
        length,
        grain: 1,
        effort: effort.value * slices * slice,
        blocks: [y],
        call: (first, some) => {
          const part = { ...all, [axis]: some };
          const [at, to] = [from + first * xStep, y + 4 * first * slices * slice];
          const list = positions + first * listStep;
          return ['gather', at, to, list, part.batch, part.outer, size, part.count, slice];
        },
      });
    });
  };
  return onHeap(backend, shape, write, x.dtype as HeapType);
}

const canGather = (x: TensorInfo, indices: TensorInfo) =>
  isWord(x) && indices.dtype === 'int32' && sizeOf(x.shape) > 0 && sizeOf(indices.shape) > 0;

const gatherV2 = stockOr<{ x: TensorInfo; indices: TensorInfo }, GatherV2Attrs>(
  GatherV2,
  (args) => {
    const { x, indices } = args.inputs;
    if (!canGather(x, indices)) return null;
    const [axis] = util.parseAxisParam(args.attrs.axis, x.shape);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      backend_util.segment_util.collectGatherOpShapeInfo(
        x as never,
        indices as never,
        axis,
        args.attrs.batchDims ?? 0,
      );
    const sizes = {
      batch: batchSize,
      outer: outerSize,
      size: dimSize,
      slice: sliceSize,
      count: sizeOf(indices.shape) / batchSize,
    };
    return gather(args, x, indices, outputShape, sizes, (positions, values) => {
      for (let i = 0; i < positions.length; i++) {
        const index = values[i];
        if (!(index >= 0 && index < dimSize)) {
          throw new Error(`GatherV2: the index value ${index} is not in [0, ${dimSize - 1}]`);
        }
        positions[i] = index;
      }
    });
  },
);

const gatherNd = stockOr<{ params: TensorInfo; indices: TensorInfo }>(GatherNd, (args) => {
  const { params, indices } = args.inputs;
  if (!canGather(params, indices)) return null;
  const [shape, count, slice, strides] = backend_util.prepareAndValidate(
    params as never,
    indices as never,
  );
  const rank = indices.shape.at(-1) as number;
  const sizes = { batch: 1, outer: 1, size: sizeOf(params.shape) / slice, slice, count };
  return gather(args, params, indices, shape, sizes, (positions, values) => {
    for (let i = 0; i < count; i++) {
      let at = 0;
      for (let j = 0; j < rank; j++) at += values[i * rank + j] * strides[j];
      if (!(at >= 0 && at < sizes.size)) {
        const index = Array.from({ length: rank }, (_, j) => values[i * rank + j]);
        throw new Error(`Invalid indices: ${index} does not index into ${params.shape}`);
      }
      positions[i] = at;
    }
  });
});

export const gatherKernels: readonly CPUKernel[] = [gatherV2, gatherNd];
