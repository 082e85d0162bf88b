/**
 * Pictures that a net is given. Their values are on the CPU, and what a net does first is to scale
 * and to pad them: they are laid out in tiles there, so that they come to the GPU as its convolutions
 * want them. As stock textures they would be drawn into tiles, which takes longer than the kernels.
 */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { extentOf } from './layout/tile.js';
import { FEW_VALUES, type Residence, type TileRunner } from './runner.js';

/** A slice, as a picture has no more channels; convolutions of every tile read it. */
const tile = { w: 2, h: 2, c: 1 } as const;

/** Where x lies in planes, in which it is brought if it is a picture; null if it is none. */
export function residenceOfPicture(runner: TileRunner, x: TensorInfo): Residence | null {
  const residence = runner.residence(x);
  if (residence !== null || !isPicture(runner, x)) return residence;
  runner.enter(x, extentOf(x.shape, 'NHWC'), 'NHWC', tile);
  return runner.residence(x);
}

/** Pixels across and down of the smallest picture; filters have fewer. */
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
