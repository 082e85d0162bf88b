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

/** Minimum number of floats in a run for `copyWithin`; shorter runs are faster value by value. */
const shortRun = 16;

/** Moves floats within the heap; `from` and `to` are indices of floats. */
function move(heap: Float32Array, { sizes, from, fromSteps, to, toSteps }: Move): void {
  const last = sizes.length - 1;
  if (last < 0) {
    heap[to] = heap[from];
    return;
  }
  if (sizes.includes(0)) return;
  const length = sizes[last];
  const [fromStep, toStep] = [fromSteps[last], toSteps[last]];
  const isRun = fromStep === 1 && toStep === 1 && length >= shortRun;
  const counts = new Array<number>(last).fill(0);
  for (;;) {
    if (isRun) {
      heap.copyWithin(to, from, from + length);
    } else {
      for (let i = 0, f = from, t = to; i < length; i++, f += fromStep, t += toStep) {
        heap[t] = heap[f];
      }
    }
    let axis = last - 1;
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

const padWithMore = stockOr<{ x: TensorInfo }, PadV2Attrs>(
  PadV2,
  ({ inputs: { x }, attrs: { paddings, constantValue }, backend }) => {
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
    return onHeap(backend, out, (y) => {
      const from = backend.address(x) / 4;
      const [first, end] = [y / 4, y / 4 + sizeOf(out)];
      const moved = { sizes, from, fromSteps: stepsOf(sizes), to: first + offset, toSteps };
      backend.step(() => {
        const heap = floatsOf(backend);
        heap.fill(constantValue, first, end);
        move(heap, moved);
      });
    });
  },
);

const concat = stockOr<TensorInfo[], { axis: number }>(Concat, ({ inputs, attrs, backend }) => {
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
      const heap = floatsOf(backend);
      for (const moved of moves) move(heap, moved);
    });
  });
});

const slice = stockOr<{ x: TensorInfo }, SliceAttrs>(Slice, ({ inputs: { x }, attrs, backend }) => {
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
    backend.step(() => move(floatsOf(backend), moved));
  });
});

const transpose = stockOr<{ x: TensorInfo }, { perm: number[] }>(
  Transpose,
  ({ inputs: { x }, attrs: { perm }, backend }) => {
    if (!isFloat(x)) return null;
    const steps = stepsOf(x.shape);
    const sizes = perm.map((axis) => x.shape[axis]);
    return onHeap(backend, sizes, (y) => {
      const from = backend.address(x) / 4;
      const fromSteps = perm.map((axis) => steps[axis]);
      const moved = { sizes, from, fromSteps, to: y / 4, toSteps: stepsOf(sizes) };
      backend.step(() => move(floatsOf(backend), moved));
    });
  },
);

/** Rearranges [n, h, w, block, block * c] to [n, h, block, w, block * c]. */
const depthToSpace = stockOr<{ x: TensorInfo }, DepthToSpaceAttrs>(
  DepthToSpace,
  ({ inputs: { x }, attrs: { blockSize, dataFormat }, backend }) => {
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
      backend.step(() => move(floatsOf(backend), moved));
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
