/** Attributes of StridedSlice as a slice of whole axes. */
import { type StridedSliceAttrs, slice_util } from '@tensorflow/tfjs-core';

type SliceInfo = ReturnType<typeof slice_util.sliceInfo>;

/** Returns tfjs-core's reading of the attributes, and the shape of the slice before axes are dropped. */
export function stridedSliceOf(
  shape: number[],
  attrs: StridedSliceAttrs,
): SliceInfo & { readonly sizes: number[] } {
  const info = slice_util.sliceInfo(
    shape,
    attrs.begin,
    attrs.end,
    attrs.strides,
    attrs.beginMask,
    attrs.endMask,
    attrs.ellipsisMask,
    attrs.newAxisMask,
    attrs.shrinkAxisMask,
  );
  const { begin, end, strides } = info;
  return { ...info, sizes: slice_util.computeOutShape(begin, end, strides) };
}
