/** GatherNd from a tensor that is in planes, into planes. */
import {
  backend_util,
  GatherNd,
  type GatherNdInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { canLookUp, moved } from './moves.js';

/** Gathers slices at indices [..., axes]; an index out of range gathers zeros, as on stock webgl. */
export const gatherNdKernel = tiledKernel<GatherNdInputs, object>(
  GatherNd,
  (runner, { params, indices }): TensorInfo | null => {
    const [resultShape, count, sliceSize] = backend_util.prepareAndValidate(
      params as never,
      indices as never,
    );
    const axes = indices.shape[indices.shape.length - 1];
    const sizes = params.shape.slice(0, axes);
    if (axes === 0 || count === 0 || !canLookUp(runner, indices, Math.max(...sizes))) return null;
    return moved(
      runner,
      params,
      {
        key: [GatherNd],
        shape: [...sizes, sliceSize],
        outShape: [count, sliceSize],
        rule: (map, [at, inner]) => [
          ...sizes.map((size, axis) => {
            const place = map.sum(axis, [[at, axes]]);
            return map.bounded(map.looked(place), size);
          }),
          inner,
        ],
      },
      { resultShape, indices, dtype: params.dtype },
    );
  },
);
