import {
  StridedSlice,
  type StridedSliceAttrs,
  type StridedSliceInputs,
} from '@tensorflow/tfjs-core';
import { stridedSliceOf } from '../shape/stridedSlice.js';
import { tiledKernel } from './fallback.js';
import { rearranged } from './moves.js';

/** StridedSlice of tensors that are in planes. */
export const stridedSliceKernel = tiledKernel<StridedSliceInputs, StridedSliceAttrs>(
  StridedSlice,
  (runner, { x }, attrs) => {
    if (runner.placementOfData(x) === null) return null;
    const info = stridedSliceOf(x.shape, attrs);
    const { finalShape, begin, strides, sizes: outShape } = info;
    // Without a copy, or after stock's check of the arguments.
    if (info.isIdentity || x.shape.length === 0) return null;
    if (outShape.length !== x.shape.length || outShape.some((size) => size <= 0)) return null;
    return rearranged(
      runner,
      x,
      {
        key: [StridedSlice, begin, strides],
        shape: x.shape,
        outShape,
        rule: (map, index) =>
          index.map((at, axis) => {
            const isWhole = outShape[axis] === x.shape[axis] && strides[axis] === 1;
            if (isWhole) return at;
            return map.clamped(map.sum(begin[axis], [[at, strides[axis]]]), x.shape[axis]);
          }),
      },
      { resultShape: finalShape },
    );
  },
);
