/** Slice and SplitV of tensors that lie in planes. */
import {
  backend_util,
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
import { extentOf } from '../../src/layout/tile.js';
import type { Residence, TileRunner } from '../../src/runner.js';
import { tiledKernel } from './ladder.js';
import { outputIn } from './output.js';
import { shiftSpec, shiftUniforms } from './programs/shift.js';

export const sliceKernels = [
  tiledKernel<SliceInputs, SliceAttrs>(Slice, (runner, { x }, { begin, size }) => {
    const residence = runner.residence(x);
    if (residence === null) return null;
    const [start, shape] = slice_util.parseSliceParams(x, begin, size);
    slice_util.assertParamsValid(x, start, shape);
    return shape.includes(0) ? null : slice(runner, x, residence, start, shape);
  }),
  tiledKernel<SplitVInputs, SplitVAttrs, TensorInfo[]>(
    SplitV,
    (runner, { x }, { numOrSizeSplits, axis }) => {
      const residence = runner.residence(x);
      if (residence === null) return null;
      const [along] = util.parseAxisParam(axis, x.shape);
      const sizes = backend_util.prepareSplitSize(x, numOrSizeSplits, along);
      if (sizes.includes(0)) return null;
      let end = 0;
      return sizes.map((size) => {
        const begin = x.shape.map((_, i) => (i === along ? end : 0));
        const shape = x.shape.map((whole, i) => (i === along ? size : whole));
        end += size;
        return slice(runner, x, residence, begin, shape);
      });
    },
  ),
];

/** The values of x from `begin` on, of a shape that is not empty, in the tile of x. */
function slice(
  runner: TileRunner,
  x: TensorInfo,
  { layout, format }: Residence,
  begin: readonly number[],
  shape: readonly number[],
): TensorInfo {
  const { tile } = layout;
  const start = extentOf(begin, format);
  const operand = runner.tiles(x, layout, format, tile);
  const output = outputIn(runner, shape, format, tile);
  return runner.run(shiftSpec(tile, start), { x: operand }, shiftUniforms(tile, start), output);
}
