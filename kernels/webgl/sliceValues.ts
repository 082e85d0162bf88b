/** Slice of values that are on the CPU. */
import { type TypedArray, util } from '@tensorflow/tfjs-core';

type Numbers = readonly number[];

/** Returns the values of a tensor from `begin` on, of a shape `size` that is not empty. */
export function sliced(
  values: TypedArray,
  shape: Numbers,
  begin: Numbers,
  size: Numbers,
): TypedArray {
  const outer = shape.length - 1;
  if (outer < 0) return values.slice();
  const strides = util.computeStrides([...shape]);
  const row = size[outer];
  const out = values.slice(0, util.sizeFromShape([...size]));
  const place = new Array<number>(outer).fill(0);
  let from = begin.reduce((sum, start, axis) => sum + start * (strides[axis] ?? 1), 0);
  for (let to = 0; to < out.length; to += row) {
    for (let i = 0; i < row; i++) out[to + i] = values[from + i];
    for (let axis = outer - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++place[axis] < size[axis]) break;
      from -= strides[axis] * size[axis];
      place[axis] = 0;
    }
  }
  return out;
}
