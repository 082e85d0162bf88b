/** Tensors in planes whose rows, the values along the last axis, are the channels of pixels. */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { placed } from './layout/placing.js';
import type { Placement, TileRunner } from './runner.js';

/**
 * Returns the placement of x that has its rows as pixels: the one that it is in, or another one, into
 * which tiles() moves it. Returns null if x is not in planes, or would be mostly padding.
 */
export function placementOfRows(runner: TileRunner, x: TensorInfo): Placement | null {
  const placement = x.shape.length < 2 ? null : runner.placementOfData(x);
  if (placement === null) return null;
  const { layout, format } = placement;
  if (format === 'NHWC' && layout.channels === x.shape.at(-1)) return placement;
  return placementOfMatrices(runner, x, placement);
}

/**
 * Returns the placement of x in which each line of pixels is a matrix of the last two axes; null if x
 * would be mostly padding.
 */
export function placementOfMatrices(
  runner: TileRunner,
  { shape }: TensorInfo,
  { layout }: Placement,
): Placement | null {
  const [height = 1, width, channels] = [undefined, ...shape].slice(-3) as number[];
  const batch = util.sizeFromShape(shape.slice(0, -3));
  return placed({ batch, height, width, channels }, 'NHWC', layout.tile, runner.limits);
}
