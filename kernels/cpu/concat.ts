/** Kernels that join tensors. */
import {
  backend_util,
  Concat,
  Pack,
  type PackAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { HeapType } from './heapType.js';
import type { CPUKernel } from './kernel.js';
import { makeMoves, moveOf, sliced, viewOf } from './move.js';
import { onHeap } from './onHeap.js';
import { type HeapArgs, isWord, sizeOf, stockOr } from './stockOr.js';

/** Joins tensors of [rows, own] values, each with its own length of rows, to a tensor of this shape. */
function joined(
  { backend, micro }: HeapArgs<unknown, unknown>,
  all: readonly TensorInfo[],
  shape: readonly number[],
  rows: number,
): TensorInfo | null {
  const width = sizeOf(shape) / rows;
  const write = (y: number) => {
    const target = viewOf([rows, width]);
    let next = 0;
    const moves = all.map((t) => {
      const own = [rows, sizeOf(t.shape) / rows];
      const place = sliced(target, [0, next], own);
      next += own[1];
      return moveOf(backend.address(t), viewOf(own), y, place);
    });
    makeMoves(backend, micro, moves);
  };
  return onHeap(backend, shape, write, all[0].dtype as HeapType);
}

const areAlike = (all: readonly TensorInfo[]) =>
  isWord(all[0]) && all.every(({ dtype }) => dtype === all[0].dtype);

const concat = stockOr<TensorInfo[], { axis: number }>(Concat, (args) => {
  const all = Object.values(args.inputs);
  const [axis] = util.parseAxisParam(args.attrs.axis, all[0].shape);
  const shapes = all.map((t) => t.shape);
  backend_util.assertParamsConsistent(shapes, axis);
  const shape = backend_util.computeOutShape(shapes, axis);
  if (!areAlike(all) || shape.includes(0)) return null;
  return joined(args, all, shape, sizeOf(shape.slice(0, axis)));
});

const pack = stockOr<TensorInfo[], PackAttrs>(Pack, (args) => {
  const all = Object.values(args.inputs);
  const [{ shape }] = all;
  const haveShape = all.every((t) => util.arraysEqual(t.shape, shape));
  // Stock returns a single tensor itself, in another shape.
  if (!areAlike(all) || !haveShape || all.length === 1 || shape.includes(0)) return null;
  const rank = shape.length + 1;
  const axis = args.attrs.axis < 0 ? args.attrs.axis + rank : args.attrs.axis;
  if (axis < 0 || axis >= rank) return null;
  const packed = [...shape.slice(0, axis), all.length, ...shape.slice(axis)];
  return joined(args, all, packed, sizeOf(shape.slice(0, axis)));
});

export const concatKernels: readonly CPUKernel[] = [concat, pack];
