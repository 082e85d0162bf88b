/** Kernels that add values around a tensor's. */
import {
  MirrorPad,
  type MirrorPadAttrs,
  PadV2,
  type PadV2Attrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { HeapType } from './heapType.js';
import type { CPUKernel, CPURunner } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { type Move, makeMoves, moveOf, sliced, viewOf } from './move.js';
import { onHeap } from './onHeap.js';
import { effort } from './shared/effort.js';
import type { DivisibleWork } from './shared/work.js';
import { sliceKernel } from './slice.js';
import { isWord, sizeOf, stockOr } from './stockOr.js';

export type Paddings = readonly (readonly [before: number, after: number])[];

export const paddedShape = (shape: readonly number[], paddings: Paddings) =>
  shape.map((size, axis) => paddings[axis][0] + size + paddings[axis][1]);

/** Returns the move from x of this shape to its place in y; both are addresses. */
function inside(x: number, shape: readonly number[], y: number, paddings: Paddings): Move {
  const begin = paddings.map(([before]) => before);
  const place = sliced(viewOf(paddedShape(shape, paddings)), begin, shape);
  return moveOf(x, viewOf(shape), y, place);
}

/** Returns the bits of a value as an int32. */
function wordOf(dtype: HeapType, value: number): number {
  return (dtype === 'float32' ? new Int32Array(Float32Array.of(value).buffer) : [value | 0])[0];
}

/** Pads the words at address x, of this shape, with a constant; y is the address of the result. */
export function padOnHeap(
  backend: CPURunner,
  micro: Microkernels,
  dtype: HeapType,
  x: number,
  shape: readonly number[],
  y: number,
  paddings: Paddings,
  constant: number,
): void {
  const length = sizeOf(paddedShape(shape, paddings));
  const word = wordOf(dtype, constant);
  const filling: DivisibleWork = {
    ...{ length, grain: 1, effort: effort.value, y, whole: [], blocks: [y] },
    call: (from, count) => ['fill', y + 4 * from, count, word],
  };
  backend.stepInParts(micro, filling);
  makeMoves(backend, micro, [inside(x, shape, y, paddings)]);
}

/** True for paddings of [n, h, w, c] along h and w alone. */
const isOfPixels = (paddings: Paddings) =>
  paddings.length === 4 && [0, 3].every((axis) => paddings[axis].every((side) => side === 0));

const padWithMore = stockOr<{ x: TensorInfo }, PadV2Attrs>(
  PadV2,
  ({ inputs: { x }, attrs: { paddings, constantValue }, backend, micro }) => {
    if (!isWord(x) || paddings.length !== x.shape.length) return null;
    const shape = paddedShape(x.shape, paddings);
    const dtype = x.dtype as HeapType;
    const write = (y: number) =>
      padOnHeap(backend, micro, dtype, backend.address(x), x.shape, y, paddings, constantValue);
    const padded = onHeap(backend, shape, write, dtype);
    if (padded !== null && constantValue === 0 && isOfPixels(paddings)) {
      backend.recorder?.notePadded(padded.dataId, {
        x,
        shape,
        top: paddings[1][0],
        left: paddings[2][0],
      });
    }
    return padded;
  },
);

/** PadV2. Negative paddings cut values off, which stock 'cpu' would write to wrong places. */
const padV2: CPUKernel = {
  kernelName: PadV2,
  kernelFunc: (args) => {
    const { x } = args.inputs as { x: TensorInfo };
    const { paddings, constantValue } = args.attrs as unknown as PadV2Attrs;
    if (paddings.flat().every((side) => side >= 0)) return padWithMore.kernelFunc(args);
    const begin = x.shape.map((size, axis) => Math.min(size, Math.max(0, -paddings[axis][0])));
    const size = x.shape.map((whole, axis) =>
      Math.max(0, whole + Math.min(0, paddings[axis][1]) - begin[axis]),
    );
    const more = paddings.map(([before, after], axis) => {
      const whole = before + x.shape[axis] + after;
      const first = Math.min(whole, Math.max(0, before));
      return [first, whole - first - size[axis]];
    });
    const kept = sliceKernel.kernelFunc({ ...args, attrs: { begin, size } }) as TensorInfo;
    const attrs = { paddings: more, constantValue };
    const y = padWithMore.kernelFunc({ ...args, inputs: { x: kept }, attrs });
    (args.backend as CPURunner).disposeIntermediateTensorInfo(kept);
    return y;
  },
};

/**
 * MirrorPad. Axis by axis, values of the result are mirrored at both sides of those that are there:
 * x, and what was mirrored along the axes before.
 */
const mirrorPad = stockOr<{ x: TensorInfo }, MirrorPadAttrs>(
  MirrorPad,
  ({ inputs: { x }, attrs: { paddings, mode }, backend, micro }) => {
    if (!isWord(x) || paddings.length !== x.shape.length) return null;
    const shape = paddedShape(x.shape, paddings);
    const all = viewOf(shape);
    const skipped = mode === 'reflect' ? 1 : 0;
    const write = (y: number) => {
      const moves = [inside(backend.address(x), x.shape, y, paddings)];
      for (const [axis, [before, after]] of paddings.entries()) {
        /** Mirrors `count` values, the first of them at `from`, to those from `to` on. */
        const mirror = (count: number, from: number, to: number) => {
          const pick = <T>(along: T, done: (axis: number) => T, other: (axis: number) => T) =>
            shape.map((_, i) => (i === axis ? along : i < axis ? done(i) : other(i)));
          const sizes = pick(
            count,
            (i) => shape[i],
            (i) => x.shape[i],
          );
          const begin = (at: number) =>
            pick(
              at,
              () => 0,
              (i) => paddings[i][0],
            );
          const strides = shape.map((_, i) => (i === axis ? -1 : 1));
          const source = sliced(all, begin(from), sizes, strides);
          moves.push(moveOf(y, source, y, sliced(all, begin(to), sizes)));
        };
        const end = before + x.shape[axis];
        mirror(before, 2 * before - 1 + skipped, 0);
        mirror(after, end - 1 - skipped, end);
      }
      makeMoves(backend, micro, moves);
    };
    return onHeap(backend, shape, write, x.dtype as HeapType);
  },
);

export const padKernels: readonly CPUKernel[] = [padV2, mirrorPad];
