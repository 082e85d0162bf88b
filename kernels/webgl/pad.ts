/** PadV2 and MirrorPad of pictures and of tensors that are in planes. */
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
import { moved } from './moves.js';
import { outputIn } from './output.js';
import { placementOfPicture } from './picture.js';
import { shiftSpec, shiftUniforms } from './programs/shift.js';
import type { Padded, Placement, TileRunner } from './runner.js';

type Paddings = readonly (readonly [before: number, after: number])[];

export const padKernels = [
  tiledKernel<PadV2Inputs, PadV2Attrs>(PadV2, (runner, { x }, { paddings, constantValue }) => {
    const padded = paddedOf(runner, x, paddings);
    if (padded === null) return null;
    const { shape, placement } = padded;
    const before = placement && pixelsBefore(paddings, placement);
    if (placement !== null && before !== null) {
      const { height: top, width: left } = before;
      return paddedImage(runner, { x, top, left, shape }, placement, constantValue);
    }
    return moved(
      runner,
      x,
      {
        key: [PadV2, paddings],
        shape: x.shape,
        outShape: shape,
        rule: (map, index) =>
          index.map((at, axis) => {
            const [first, last] = paddings[axis];
            if (first + last === 0) return at;
            return map.bounded(map.sum(-first, [[at, 1]]), x.shape[axis]);
          }),
      },
      { fill: constantValue },
    );
  }),
  tiledKernel<MirrorPadInputs, MirrorPadAttrs>(MirrorPad, (runner, { x }, { paddings, mode }) => {
    const padded = paddedOf(runner, x, paddings);
    if (padded === null) return null;
    const { shape, placement } = padded;
    const output = placement && outputIn(runner, shape, placement.format, placement.layout.tile);
    return moved(
      runner,
      x,
      {
        key: [MirrorPad, paddings, mode],
        shape: x.shape,
        outShape: shape,
        rule: (map, index) =>
          index.map((at, axis) => {
            const [first, last] = paddings[axis];
            if (first + last === 0) return at;
            const repeated = mode === 'symmetric' ? 1 : 0;
            return map.mirrored(map.sum(-first, [[at, 1]]), x.shape[axis], repeated);
          }),
      },
      output === null ? {} : { placement: output },
    );
  }),
];

/**
 * Pads a tensor in planes along height and width. If with zeros, it is deferred, because the
 * convolution that usually follows pads by itself.
 */
export function paddedImage(
  runner: TileRunner,
  padded: Omit<Padded, 'kind'>,
  { layout, format }: Placement,
  fill = 0,
): TensorInfo {
  const { tile } = layout;
  const start = { batch: 0, height: -padded.top, width: -padded.left, channels: 0 };
  const spec = shiftSpec(tile, start);
  const operands = { x: runner.tiles(padded.x, layout, format, tile) };
  const uniforms = shiftUniforms(tile, start, fill);
  const output = outputIn(runner, padded.shape, format, tile);
  if (!Object.is(fill, 0)) return runner.run(spec, operands, uniforms, output);
  return runner.deferArranged({ spec, operands, uniforms }, output, { ...padded, kind: 'padded' });
}

/**
 * Returns the tensor before x was padded with zeros, for a kernel that reads it instead; null if x was
 * not, or is drawn already.
 */
export function unpadded(runner: TileRunner, x: TensorInfo): Padded | null {
  const padded = runner.arrangementOf(x, 'padded');
  return padded !== null && padded.shape.join() === x.shape.join() ? padded : null;
}

/**
 * Returns the shape of padded x, and the placement of x if it is a picture or has four axes; null if
 * x is not in planes, or if a padding is negative.
 */
function paddedOf(
  runner: TileRunner,
  x: TensorInfo,
  paddings: Paddings,
): { readonly shape: readonly number[]; readonly placement: Placement | null } | null {
  if (paddings.length !== x.shape.length) return null;
  if (paddings.some((sides) => Math.min(...sides) < 0)) return null;
  const isPadded = paddings.map((sides) => Math.max(...sides) > 0);
  // No picture of NHWC is padded along its columns and channels alone.
  const format = isPadded.join() === 'false,false,true,true' ? 'NCHW' : 'NHWC';
  const placement = placementOfPicture(runner, x, format);
  if (placement === null && runner.placementOfData(x) === null) return null;
  const shape = x.shape.map((size, axis) => paddings[axis][0] + size + paddings[axis][1]);
  return { shape, placement };
}

/** Returns the padding before the tensor if only height and width are padded; otherwise null. */
function pixelsBefore(paddings: Paddings, { format }: Placement): Extent | null {
  const [before, after] = [0, 1].map((side) =>
    extentOf(
      paddings.map((padding) => padding[side]),
      format,
    ),
  );
  return before.batch + after.batch + before.channels + after.channels > 0 ? null : before;
}
