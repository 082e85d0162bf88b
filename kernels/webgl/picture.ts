/**
 * Pictures, the inputs of a net. Their values are on the CPU, and a net first scales and pads them.
 * They are laid out in tiles on the CPU, so that they reach the GPU as the net's convolutions need
 * them. As stock textures they would have to be drawn into tiles, which takes longer than the
 * kernels.
 */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { extentOf } from './layout/tile.js';
import { FEW_VALUES, type Placement, type TileRunner } from './runner.js';

/**
 * Tile of pictures: one slice, because a picture has no more channels. Convolutions of every tile
 * can read it.
 */
const tile = { w: 2, h: 2, c: 1 } as const;

/**
 * Returns the placement of x in planes, and first lays x out in planes if it is a picture. Returns
 * null if x is neither in planes nor a picture.
 */
export function placementOfPicture(runner: TileRunner, x: TensorInfo): Placement | null {
  const placement = runner.placementOf(x);
  if (placement !== null || !isPicture(runner, x)) return placement;
  runner.placeInTiles(x, extentOf(x.shape, 'NHWC'), 'NHWC', tile);
  return runner.placementOf(x);
}

/** Minimum number of pixels of a picture across and down; filters have fewer. */
const LEAST_SIDE = 16;

function isPicture(runner: TileRunner, x: TensorInfo): boolean {
  const { shape, dtype } = x;
  return (
    dtype === 'float32' &&
    shape.length === 4 &&
    Math.min(shape[1], shape[2]) >= LEAST_SIDE &&
    shape[3] <= 4 &&
    util.sizeFromShape(shape) > FEW_VALUES &&
    runner.computesOnCPU([x])
  );
}
