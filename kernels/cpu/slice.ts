/** Kernels that take parts of a tensor. */
import {
  backend_util,
  Slice,
  type SliceAttrs,
  SplitV,
  type SplitVAttrs,
  StridedSlice,
  type StridedSliceAttrs,
  slice_util,
  type TensorInfo,
  Unpack,
  type UnpackAttrs,
  util,
} from '@tensorflow/tfjs-core';
import { stridedSliceOf } from '../shape/stridedSlice.js';
import type { CPUKernel } from './kernel.js';
import { copyOf, sliced, viewOf } from './move.js';
import { eachOnHeap } from './onHeap.js';
import { isWord, stockOr } from './stockOr.js';

export const sliceKernel = stockOr<{ x: TensorInfo }, SliceAttrs>(Slice, (args) => {
  const { x } = args.inputs;
  const [begin, size] = slice_util.parseSliceParams(x as never, args.attrs.begin, args.attrs.size);
  slice_util.assertParamsValid(x as never, begin, size);
  return copyOf(args, x, sliced(viewOf(x.shape), begin, size));
});

const stridedSlice = stockOr<{ x: TensorInfo }, StridedSliceAttrs>(StridedSlice, (args) => {
  const { x } = args.inputs;
  if (!isWord(x) || x.shape.length === 0) return null;
  const { isIdentity, finalShape, begin, strides, sizes } = stridedSliceOf(x.shape, args.attrs);
  // Stock then returns x itself, in another shape.
  if (isIdentity || finalShape.includes(0)) return null;
  const view = sliced(viewOf(x.shape), begin, sizes, strides);
  return copyOf(args, x, view, finalShape);
});

const replaced = (shape: readonly number[], axis: number, size: number) =>
  shape.map((other, i) => (i === axis ? size : other));

const splitV = stockOr<{ x: TensorInfo }, SplitVAttrs>(SplitV, (args) => {
  const { inputs, attrs, backend } = args;
  const { x } = inputs;
  const [axis] = util.parseAxisParam(attrs.axis, x.shape);
  const sizes = backend_util.prepareSplitSize(x as never, attrs.numOrSizeSplits, axis);
  if (!isWord(x)) return null;
  let next = 0;
  const views = sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === axis ? next : 0));
    next += size;
    return sliced(viewOf(x.shape), begin, replaced(x.shape, axis, size));
  });
  return eachOnHeap(backend, views, (view) => copyOf(args, x, view));
});

const unpack = stockOr<{ value: TensorInfo }, UnpackAttrs>(Unpack, (args) => {
  const { inputs, attrs, backend } = args;
  const { shape } = inputs.value;
  const axis = attrs.axis < 0 ? attrs.axis + shape.length : attrs.axis;
  if (!isWord(inputs.value) || shape[axis] === undefined) return null;
  const rest = shape.filter((_, i) => i !== axis);
  return eachOnHeap(backend, [...new Array(shape[axis]).keys()], (at) => {
    const begin = shape.map((_, i) => (i === axis ? at : 0));
    const view = sliced(viewOf(shape), begin, replaced(shape, axis, 1));
    return copyOf(args, inputs.value, view, rest);
  });
});

export const sliceKernels: readonly CPUKernel[] = [sliceKernel, stridedSlice, splitV, unpack];
