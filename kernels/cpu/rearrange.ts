/** Kernels that put all values of a tensor into another order. */
import {
  BatchToSpaceND,
  type BatchToSpaceNDAttrs,
  backend_util,
  DepthToSpace,
  type DepthToSpaceAttrs,
  Reverse,
  type ReverseAttrs,
  SpaceToBatchND,
  type SpaceToBatchNDAttrs,
  type TensorInfo,
  Tile,
  type TileAttrs,
  Transpose,
  util,
} from '@tensorflow/tfjs-core';
import type { HeapType } from './heapType.js';
import type { CPUKernel } from './kernel.js';
import { copyOf, makeMoves, moveOf, permuted, sliced, viewOf } from './move.js';
import { onHeap } from './onHeap.js';
import { type Paddings, paddedShape, padOnHeap } from './pad.js';
import { isWord, sizeOf, stockOr } from './stockOr.js';

const transpose = stockOr<{ x: TensorInfo }, { perm: number[] }>(Transpose, (args) =>
  copyOf(args, args.inputs.x, permuted(viewOf(args.inputs.x.shape), args.attrs.perm)),
);

const reverse = stockOr<{ x: TensorInfo }, ReverseAttrs>(Reverse, (args) => {
  const { x } = args.inputs;
  // Stock then returns x itself.
  if (x.shape.length === 0) return null;
  const dims = util.parseAxisParam(args.attrs.dims, x.shape);
  const begin = x.shape.map((size, axis) => (dims.includes(axis) ? size - 1 : 0));
  const strides = x.shape.map((_, axis) => (dims.includes(axis) ? -1 : 1));
  return copyOf(args, x, sliced(viewOf(x.shape), begin, x.shape, strides));
});

const tile = stockOr<{ x: TensorInfo }, TileAttrs>(Tile, (args) => {
  const { x } = args.inputs;
  const { reps } = args.attrs;
  if (reps.length !== x.shape.length) return null;
  const { steps } = viewOf(x.shape);
  const view = {
    sizes: x.shape.flatMap((size, axis) => [reps[axis], size]),
    offset: 0,
    steps: steps.flatMap((step) => [0, step]),
  };
  return copyOf(
    args,
    x,
    view,
    x.shape.map((size, axis) => size * reps[axis]),
  );
});

/**
 * Rearranges [n, h, w, block, block * c] to [n, h, block, w, block * c]; or in NCHW, which stock 'cpu'
 * does not support, [n, block, block, c, h, w] to [n, c, h, block, w, block].
 */
const depthToSpace = stockOr<{ x: TensorInfo }, DepthToSpaceAttrs>(DepthToSpace, (args) => {
  const { x } = args.inputs;
  const { blockSize: block, dataFormat } = args.attrs;
  if (dataFormat === 'NHWC') {
    const [batch, height, width, depth] = x.shape;
    const view = viewOf([batch * height, width, block, depth / block]);
    const shape = [batch, height * block, width * block, depth / block ** 2];
    return copyOf(args, x, permuted(view, [0, 2, 1, 3]), shape);
  }
  const [batch, depth, height, width] = x.shape;
  const channels = depth / block ** 2;
  const view = viewOf([batch, block, block, channels, height, width]);
  const shape = [batch, channels, height * block, width * block];
  return copyOf(args, x, permuted(view, [0, 3, 4, 1, 5, 2]), shape);
});

/** Returns paddings or crops of the axes after the first as those of all axes. */
const ofAllAxes = (sides: readonly (readonly number[])[], { shape }: TensorInfo): Paddings =>
  shape.map((_, axis) => {
    const [before, after] = sides[axis - 1] ?? [0, 0];
    return [before, after];
  });

const spaceToBatchND = stockOr<{ x: TensorInfo }, SpaceToBatchNDAttrs>(SpaceToBatchND, (args) => {
  const { inputs, attrs, backend, micro } = args;
  const { x } = inputs;
  const { blockShape } = attrs;
  if (!isWord(x) || x.shape.length <= blockShape.length) return null;
  const block = sizeOf(blockShape);
  const paddings = ofAllAxes(attrs.paddings, x);
  const padded = paddedShape(x.shape, paddings);
  const isCut = blockShape.every((size, i) => padded[i + 1] % size === 0);
  // Stock writes to wrong places by paddings below 0.
  if (!isCut || paddings.flat().some((side) => side < 0)) return null;
  const cut = backend_util.getReshaped(padded, [...blockShape], block, false);
  const perm = backend_util.getPermuted(cut.length, blockShape.length, false);
  const shape = backend_util.getReshapedPermuted(padded, [...blockShape], block, false);
  const view = permuted(viewOf(cut), perm);
  if (paddings.flat().every((side) => side === 0)) return copyOf(args, x, view, shape);
  const dtype = x.dtype as HeapType;
  const write = (y: number) => {
    const from = backend.address(x);
    backend.withBlock(4 * sizeOf(padded), (whole) => {
      padOnHeap(backend, micro, dtype, from, x.shape, whole, paddings, 0);
      makeMoves(backend, micro, [moveOf(whole, view, y)]);
    });
  };
  return onHeap(backend, shape, write, dtype);
});

const batchToSpaceND = stockOr<{ x: TensorInfo }, BatchToSpaceNDAttrs>(BatchToSpaceND, (args) => {
  const { inputs, attrs, backend, micro } = args;
  const { x } = inputs;
  const { blockShape, crops } = attrs;
  const block = sizeOf(blockShape);
  if (!isWord(x) || x.shape.length <= blockShape.length || x.shape[0] % block !== 0) return null;
  const cut = backend_util.getReshaped(x.shape, [...blockShape], block);
  const perm = backend_util.getPermuted(cut.length, blockShape.length);
  const whole = backend_util.getReshapedPermuted(x.shape, [...blockShape], block);
  const view = permuted(viewOf(cut), perm);
  if (crops.flat().every((side) => side === 0)) return copyOf(args, x, view, whole);
  const cropped = ofAllAxes(crops, x);
  const begin = cropped.map(([before]) => before);
  const size = whole.map((length, axis) => length - cropped[axis][0] - cropped[axis][1]);
  const kept = sliced(viewOf(whole), begin, size);
  const write = (y: number) => {
    const from = backend.address(x);
    backend.withBlock(4 * sizeOf(whole), (all) => {
      makeMoves(backend, micro, [moveOf(from, view, all), moveOf(all, kept, y)]);
    });
  };
  return onHeap(backend, size, write, x.dtype as HeapType);
});

export const rearrangeKernels: readonly CPUKernel[] = [
  transpose,
  reverse,
  tile,
  depthToSpace,
  spaceToBatchND,
  batchToSpaceND,
];
