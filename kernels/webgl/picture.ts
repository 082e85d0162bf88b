/**
 * Pictures, the inputs of a net. Their values are on the CPU, and a net first scales and pads them.
 * They are laid out in tiles on the CPU, so that they reach the GPU as the net's convolutions need
 * them. As stock textures they would have to be drawn into tiles, which takes longer than the
 * kernels.
 */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { DataFormat } from '../shape/convShape.js';
import { extentOf } from './layout/tile.js';
import { FEW_VALUES, type Placement, type TileRunner } from './runner.js';

/**
 * Tile of pictures: one slice, because a picture has no more channels. Convolutions of every tile
 * can read it.
 */
const tile = { w: 2, h: 2, c: 1 } as const;

/**
 * Returns the placement of x in planes, and first lays x out in planes if it is a picture. Returns
 * null if x is neither in planes nor a picture in this format.
 */
export function placementOfPicture(
  runner: TileRunner,
  x: TensorInfo,
  format: DataFormat = 'NHWC',
): Placement | null {
  const placement = runner.placementOf(x);
  if (placement !== null || !isPicture(runner, x, format)) return placement;
  runner.placeInTiles(x, extentOf(x.shape, format), format, tile);
  return runner.placementOf(x);
}

/** Minimum number of pixels of a picture across and down; filters have fewer. */
const LEAST_SIDE = 16;

function isPicture(runner: TileRunner, x: TensorInfo, format: DataFormat): boolean {
  const { shape, dtype } = x;
  if (dtype !== 'float32' || shape.length !== 4) return false;
  const { height, width, channels } = extentOf(shape, format);
  return (
    Math.min(height, width) >= LEAST_SIDE &&
    channels <= 4 &&
    util.sizeFromShape(shape) > FEW_VALUES &&
    runner.computesOnCPU([x])
  );
}
