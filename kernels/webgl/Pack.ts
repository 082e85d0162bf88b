/**
 * Pack of tensors that are in planes. Packed with itself, a tensor repeats every pixel or every row
 * of pixels: detectors enlarge their feature maps this way, and reshape the result to an image.
 */
import { Pack, type PackAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import { joinedAlong } from './join.js';
import { outputIn } from './output.js';
import type { TileRunner } from './runner.js';

export const packKernel = tiledKernel<TensorInfo[], PackAttrs>(
  Pack,
  (runner, inputs, { axis }) => enlarged(runner, inputs, axis) ?? packed(runner, inputs, axis),
);

/** Returns the tensors along a new axis; null if they are of several shapes, or mostly in no planes. */
function packed(
  runner: TileRunner,
  inputs: readonly TensorInfo[],
  axis: number,
): TensorInfo | null {
  const [{ shape }] = inputs;
  if (!inputs.every((x) => util.arraysEqual(x.shape, shape))) return null;
  const [along] = util.parseAxisParam(axis, [...shape, 1]);
  const withAxis = (size: number) => [...shape.slice(0, along), size, ...shape.slice(along)];
  const parts = inputs.map((x) => ({ ...x, shape: withAxis(1) }));
  return joinedAlong(runner, parts, along);
}

/** Returns a tensor that is packed with itself; null if it is not in planes, or repeats otherwise. */
function enlarged(
  runner: TileRunner,
  inputs: readonly TensorInfo[],
  axis: number,
): TensorInfo | null {
  const [first, ...others] = inputs;
  const placement = runner.placementOfData(first);
  const isFirst = ({ dataId, shape }: TensorInfo) =>
    dataId === first.dataId && util.arraysEqual(shape, first.shape);
  const same = others.length > 0 && others.every(isFirst);
  if (!same || placement?.format !== 'NHWC' || first.dtype !== 'float32') return null;
  const { batch, height, width, channels, tile } = placement.layout;
  const [place] = util.parseAxisParam(axis, [...first.shape, 1]);
  const inner = util.sizeFromShape(first.shape.slice(place));
  const times = inputs.length;
  const [down, across] =
    inner === channels ? [1, times] : inner === width * channels ? [times, 1] : [0, 0];
  if (down === 0 || inner === 0) return null;
  const shape = [batch, height * down, width * across, channels];
  const output = {
    ...outputIn(runner, shape, 'NHWC', tile),
    shape: [...first.shape.slice(0, place), times, ...first.shape.slice(place)],
  };
  const spec = { family: 'resize', method: 'nearest', halfPixelCenters: true, tile } as const;
  const image = { ...first, shape: [batch, height, width, channels] };
  const x = runner.tiles(image, placement.layout, 'NHWC', tile);
  return runner.run(spec, { x }, { ratio: [1 / down, 1 / across], roundBase: 0 }, output);
}
