/** PadV2 and MirrorPad on height and width of pictures and of tensors that are in planes. */
import {
  MirrorPad,
  type MirrorPadAttrs,
  type MirrorPadInputs,
  PadV2,
  type PadV2Attrs,
  type PadV2Inputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { type Extent, extentOf } from './layout/tile.js';
import { outputIn } from './output.js';
import { placementOfPicture } from './picture.js';
import { shiftSpec, shiftUniforms } from './programs/shift.js';
import type { Operand, Output, TileRunner } from './runner.js';

export const padKernels = [
  tiledKernel<PadV2Inputs, PadV2Attrs>(PadV2, (runner, { x }, { paddings, constantValue }) => {
    const padded = paddedOutput(runner, x, paddings);
    if (padded === null) return null;
    const { before, operand, output } = padded;
    const { tile } = output.layout;
    const start = { batch: 0, height: -before.height, width: -before.width, channels: 0 };
    const uniforms = shiftUniforms(tile, start, constantValue);
    return runner.run(shiftSpec(tile, start), { x: operand }, uniforms, output);
  }),
  tiledKernel<MirrorPadInputs, MirrorPadAttrs>(MirrorPad, (runner, { x }, { paddings, mode }) => {
    const padded = paddedOutput(runner, x, paddings);
    if (padded === null) return null;
    const { before, operand, output } = padded;
    const spec = { family: 'mirrorPad', tile: output.layout.tile } as const;
    const uniforms = {
      padding: [before.height, before.width],
      repeated: mode === 'symmetric' ? 1 : 0,
    };
    return runner.run(spec, { x: operand }, uniforms, output);
  }),
];

/**
 * Returns the operand x and the padded output in the same tile; null if x is not in planes or if
 * axes other than height and width are padded.
 */
function paddedOutput(
  runner: TileRunner,
  x: TensorInfo,
  paddings: PadV2Attrs['paddings'],
): { before: Extent; operand: Operand; output: Output } | null {
  if (paddings.flat().some((padding) => padding < 0)) return null;
  const placement = placementOfPicture(runner, x);
  if (placement === null || paddings.length !== x.shape.length) return null;
  const { layout, format } = placement;
  const [before, after] = [0, 1].map((side) =>
    extentOf(
      paddings.map((padding) => padding[side]),
      format,
    ),
  );
  if (before.batch + after.batch + before.channels + after.channels > 0) return null;
  const shape = x.shape.map((size, i) => paddings[i][0] + size + paddings[i][1]);
  return {
    before,
    operand: runner.tiles(x, layout, format, layout.tile),
    output: outputIn(runner, shape, format, layout.tile),
  };
}
