/**
 * Slice and SplitV of tensors that are in planes and of few values on the CPU, and slices that
 * cover all of any tensor.
 */
import {
  backend_util,
  Identity,
  Slice,
  type SliceAttrs,
  type SliceInputs,
  SplitV,
  type SplitVAttrs,
  type SplitVInputs,
  slice_util,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { stockKernel, tiledKernel } from './fallback.js';
import { extentOf } from './layout/tile.js';
import { rearranged } from './moves.js';
import { outputIn } from './output.js';
import type { Move } from './programs/movePlan.js';
import { shiftSpec, shiftUniforms } from './programs/shift.js';
import { type Call, FEW_VALUES, type Placement, type TileRunner } from './runner.js';
import { sliced } from './sliceValues.js';

export const sliceKernels = [
  tiledKernel<SliceInputs, SliceAttrs>(Slice, (runner, { x }, { begin, size }) => {
    const [start, shape] = slice_util.parseSliceParams(x, begin, size);
    slice_util.assertParamsValid(x, start, shape);
    if (util.arraysEqual(shape, x.shape)) return stockKernel(runner, Identity, { x });
    return shape.includes(0) ? null : slice(runner, x, start, shape);
  }),
  tiledKernel<SplitVInputs, SplitVAttrs, TensorInfo[]>(
    SplitV,
    (runner, { x }, { numOrSizeSplits, axis }) => {
      const placement = runner.placementOf(x);
      if (placement === null && !isOnCPU(runner, x) && runner.placementOfData(x) === null)
        return null;
      const [along] = util.parseAxisParam(axis, x.shape);
      const sizes = backend_util.prepareSplitSize(x, numOrSizeSplits, along);
      if (sizes.includes(0)) return null;
      let end = 0;
      const parts = sizes.map((size) => {
        const begin = x.shape.map((_, i) => (i === along ? end : 0));
        const shape = x.shape.map((whole, i) => (i === along ? size : whole));
        end += size;
        const attrs = { begin, size: shape };
        return slice(runner, x, begin, shape, {
          kernelName: SplitV,
          inputs: [x],
          again: (replace) => stockKernel(runner, Slice, { x: replace(x) }, attrs),
        });
      });
      if (parts.every((part) => part !== null)) return parts;
      // A part would be mostly padding in planes.
      for (const part of parts) if (part !== null) runner.disposeIntermediateTensorInfo(part);
      return null;
    },
  ),
];

/**
 * Returns the values of x from `begin` on, of a shape that is not empty: in planes, or on the CPU;
 * null if x is in neither place.
 * @param call call whose result it is, if it is one of several results of the kernel
 */
function slice(
  runner: TileRunner,
  x: TensorInfo,
  begin: readonly number[],
  shape: readonly number[],
  call?: Call,
): TensorInfo | null {
  const placement = runner.rearranged(x) === null ? runner.placementOf(x) : null;
  if (placement !== null) return inTiles(runner, x, placement, begin, shape);
  if (isOnCPU(runner, x)) return onCPU(runner, x, begin, shape);
  return rearranged(runner, x, sliceMove(x.shape, begin, shape), { call });
}

/** Returns the move of a slice, of any number of axes. */
function sliceMove(
  shape: readonly number[],
  begin: readonly number[],
  outShape: readonly number[],
): Move {
  return {
    key: [Slice, begin],
    shape,
    outShape,
    rule: (map, index) =>
      index.map((at, axis) =>
        outShape[axis] === shape[axis] ? at : map.sum(begin[axis], [[at, 1]]),
      ),
  };
}

function onCPU(
  runner: TileRunner,
  x: TensorInfo,
  begin: readonly number[],
  shape: readonly number[],
): TensorInfo {
  const values = sliced(runner.valuesOnCPU(x), x.shape, begin, shape);
  return runner.makeTensorInfo([...shape], x.dtype, values);
}

function isOnCPU(runner: TileRunner, x: TensorInfo): boolean {
  const isFew = util.sizeFromShape(x.shape) <= FEW_VALUES;
  return isFew && x.dtype !== 'string' && runner.computesOnCPU([x]);
}

function inTiles(
  runner: TileRunner,
  x: TensorInfo,
  { layout, format }: Placement,
  begin: readonly number[],
  shape: readonly number[],
): TensorInfo {
  const { tile } = layout;
  const start = extentOf(begin, format);
  const operand = runner.tiles(x, layout, format, tile);
  const output = outputIn(runner, shape, format, tile);
  return runner.run(shiftSpec(tile, start), { x: operand }, shiftUniforms(tile, start), output);
}
