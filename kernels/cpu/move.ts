/** Kernels that only move values. */
import {
  backend_util,
  Concat,
  DepthToSpace,
  type DepthToSpaceAttrs,
  PadV2,
  type PadV2Attrs,
  Slice,
  type SliceAttrs,
  slice_util,
  type TensorInfo,
  Transpose,
  util,
} from '@tensorflow/tfjs-core';
import type { CPUKernel, CPURunner } from './kernel.js';
import type { Microkernels } from './microkernels.js';
import { onHeap } from './onHeap.js';
import { isFloat, sizeOf, stockOr } from './stockOr.js';

/** The source and target positions of moved values, with the steps along each axis, in floats. */
interface Move {
  readonly sizes: readonly number[];
  readonly from: number;
  readonly fromSteps: readonly number[];
  readonly to: number;
  readonly toSteps: readonly number[];
}

/** Moves floats within the heap; `from` and `to` are indices of floats. */
function move(
  backend: CPURunner,
  { copyRows }: Microkernels,
  { sizes, from, fromSteps, to, toSteps }: Move,
): void {
  if (sizes.includes(0)) return;
  const last = sizes.length - 1;
  if (last < 0 || (fromSteps[last] === 1 && toSteps[last] === 1)) {
    const [rows, length] = [sizes[last - 1] ?? 1, sizes[last] ?? 1];
    const [fromStep, toStep] = [fromSteps[last - 1] ?? 0, toSteps[last - 1] ?? 0];
    const outer = { sizes: sizes.slice(0, -2), from, fromSteps, to, toSteps };
    eachPosition(outer, (f, t) => copyRows(rows, length, 4 * f, 4 * fromStep, 4 * t, 4 * toStep));
    return;
  }
  const heap = floatsOf(backend);
  const [length, fromStep, toStep] = [sizes[last], fromSteps[last], toSteps[last]];
  eachPosition({ sizes: sizes.slice(0, last), from, fromSteps, to, toSteps }, (f, t) => {
    for (let i = 0; i < length; i++) heap[t + i * toStep] = heap[f + i * fromStep];
  });
}

/** Calls `visit` with each source and target position of a move. */
function eachPosition(
  { sizes, from, fromSteps, to, toSteps }: Move,
  visit: (from: number, to: number) => void,
): void {
  const counts = new Array<number>(sizes.length).fill(0);
  for (;;) {
    visit(from, to);
    let axis = sizes.length - 1;
    for (; axis >= 0; axis--) {
      from += fromSteps[axis];
      to += toSteps[axis];
      if (++counts[axis] < sizes[axis]) break;
      from -= sizes[axis] * fromSteps[axis];
      to -= sizes[axis] * toSteps[axis];
      counts[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Merges all axes from `axis` on into one; source and target must be contiguous along them. */
function joined(shape: readonly number[], axis: number): number[] {
  return [...shape.slice(0, axis), sizeOf(shape.slice(axis))];
}

const stepsOf = (shape: readonly number[]) => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** Returns all floats of the heap; indices are addresses / 4. */
function floatsOf(backend: CPURunner): Float32Array {
  return backend.view(
    0,
    (backend.heap as NonNullable<CPURunner['heap']>).memory.buffer.byteLength / 4,
  );
}

/** True for paddings of [n, h, w, c] along h and w alone. */
const isOfPixels = (paddings: readonly (readonly [number, number])[]) =>
  paddings.length === 4 && [0, 3].every((axis) => paddings[axis].every((side) => side === 0));

const padWithMore = stockOr<{ x: TensorInfo }, PadV2Attrs>(
  PadV2,
  ({ inputs: { x }, attrs: { paddings, constantValue }, backend, micro }) => {
    if (!isFloat(x) || paddings.length !== x.shape.length) return null;
    const out = x.shape.map((size, axis) => paddings[axis][0] + size + paddings[axis][1]);
    const axis = Math.max(
      0,
      paddings.findLastIndex(([before, after]) => before + after > 0),
    );
    const [sizes, outSizes] = [joined(x.shape, axis), joined(out, axis)];
    const toSteps = stepsOf(outSizes);
    const inner = stepsOf(out);
    const offset = paddings.reduce((sum, [before], i) => sum + before * inner[i], 0);
    const padded = onHeap(backend, out, (y) => {
      const from = backend.address(x) / 4;
      const [first, end] = [y / 4, y / 4 + sizeOf(out)];
      const moved = { sizes, from, fromSteps: stepsOf(sizes), to: first + offset, toSteps };
      backend.step(() => {
        floatsOf(backend).fill(constantValue, first, end);
        move(backend, micro, moved);
      });
    });
    if (padded !== null && constantValue === 0 && isOfPixels(paddings)) {
      backend.recorder?.notePadded(padded.dataId, {
        ...{ x, shape: out, top: paddings[1][0], left: paddings[2][0] },
      });
    }
    return padded;
  },
);

const concat = stockOr<TensorInfo[], { axis: number }>(
  Concat,
  ({ inputs, attrs, backend, micro }) => {
    const all = Object.values(inputs);
    const axis = util.parseAxisParam(attrs.axis, all[0].shape)[0];
    backend_util.assertParamsConsistent(
      all.map(({ shape }) => shape),
      axis,
    );
    if (!all.every(isFloat)) return null;
    const shape = backend_util.computeOutShape(
      all.map((t) => t.shape),
      axis,
    );
    const rows = sizeOf(shape.slice(0, axis));
    const width = sizeOf(shape.slice(axis));
    return onHeap(backend, shape, (y) => {
      const addresses = all.map((t) => backend.address(t));
      let to = y / 4;
      const moves = all.map((t, i) => {
        const own = sizeOf(t.shape.slice(axis));
        const sizes = rows === 1 ? [own] : [rows, own];
        const steps = (row: number) => (rows === 1 ? [1] : [row, 1]);
        const from = addresses[i] / 4;
        const moved = { sizes, from, fromSteps: steps(own), to, toSteps: steps(width) };
        to += own;
        return moved;
      });
      backend.step(() => {
        for (const moved of moves) move(backend, micro, moved);
      });
    });
  },
);

const slice = stockOr<{ x: TensorInfo }, SliceAttrs>(
  Slice,
  ({ inputs: { x }, attrs, backend, micro }) => {
    if (!isFloat(x)) return null;
    const [begin, size] = slice_util.parseSliceParams(x as never, attrs.begin, attrs.size);
    slice_util.assertParamsValid(x as never, begin, size);
    const axis = Math.max(
      0,
      size.findLastIndex((length, i) => length !== x.shape[i]),
    );
    const sizes = joined(size, axis);
    const steps = stepsOf(x.shape);
    const offset = begin.reduce((sum, at, i) => sum + at * steps[i], 0);
    return onHeap(backend, size, (y) => {
      const from = backend.address(x) / 4 + offset;
      const fromSteps = stepsOf(joined(x.shape, axis));
      const moved = { sizes, from, fromSteps, to: y / 4, toSteps: stepsOf(sizes) };
      backend.step(() => move(backend, micro, moved));
    });
  },
);

const transpose = stockOr<{ x: TensorInfo }, { perm: number[] }>(
  Transpose,
  ({ inputs: { x }, attrs: { perm }, backend, micro }) => {
    if (!isFloat(x)) return null;
    const steps = stepsOf(x.shape);
    const sizes = perm.map((axis) => x.shape[axis]);
    return onHeap(backend, sizes, (y) => {
      const from = backend.address(x) / 4;
      const fromSteps = perm.map((axis) => steps[axis]);
      const moved = { sizes, from, fromSteps, to: y / 4, toSteps: stepsOf(sizes) };
      backend.step(() => move(backend, micro, moved));
    });
  },
);

/** Rearranges [n, h, w, block, block * c] to [n, h, block, w, block * c]. */
const depthToSpace = stockOr<{ x: TensorInfo }, DepthToSpaceAttrs>(
  DepthToSpace,
  ({ inputs: { x }, attrs: { blockSize, dataFormat }, backend, micro }) => {
    if (!isFloat(x) || dataFormat !== 'NHWC') return null;
    const [batch, height, width, depth] = x.shape;
    const run = depth / blockSize;
    const out = [batch, height * blockSize, width * blockSize, run / blockSize];
    return onHeap(backend, out, (y) => {
      const from = backend.address(x) / 4;
      const moved = {
        sizes: [batch * height, blockSize, width, run],
        from,
        fromSteps: [width * depth, run, depth, 1],
        to: y / 4,
        toSteps: [width * depth, width * run, run, 1],
      };
      backend.step(() => move(backend, micro, moved));
    });
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
    const kept = slice.kernelFunc({ ...args, attrs: { begin, size } }) as TensorInfo;
    const attrs = { paddings: more, constantValue };
    const y = padWithMore.kernelFunc({ ...args, inputs: { x: kept }, attrs });
    (args.backend as CPURunner).disposeIntermediateTensorInfo(kept);
    return y;
  },
};

export const moveKernels: readonly CPUKernel[] = [padV2, concat, slice, transpose, depthToSpace];
