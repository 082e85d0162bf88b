import {
  StridedSlice,
  type StridedSliceAttrs,
  type StridedSliceInputs,
  slice_util,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { moved } from './moves.js';

/** StridedSlice of tensors that are in planes. */
export const stridedSliceKernel = tiledKernel<StridedSliceInputs, StridedSliceAttrs>(
  StridedSlice,
  (runner, { x }, attrs) => {
    if (runner.placementOfData(x) === null) return null;
    const info = slice_util.sliceInfo(
      x.shape,
      attrs.begin,
      attrs.end,
      attrs.strides,
      attrs.beginMask,
      attrs.endMask,
      attrs.ellipsisMask,
      attrs.newAxisMask,
      attrs.shrinkAxisMask,
    );
    const { finalShape, begin, end, strides } = info;
    // Without a copy, or after stock's check of the arguments.
    if (info.isIdentity || x.shape.length === 0) return null;
    const outShape = slice_util.computeOutShape(begin, end, strides);
    if (outShape.length !== x.shape.length || outShape.some((size) => size <= 0)) return null;
    return moved(
      runner,
      x,
      {
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
