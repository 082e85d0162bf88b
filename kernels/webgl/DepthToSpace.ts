import {
  DepthToSpace,
  type DepthToSpaceAttrs,
  type DepthToSpaceInputs,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import type { Tile } from './layout/tile.js';
import { outputIn } from './output.js';

/** DepthToSpace of tensors that are in planes, in NHWC only. */
export const depthToSpaceKernel = tiledKernel<DepthToSpaceInputs, DepthToSpaceAttrs>(
  DepthToSpace,
  (runner, { x }, { blockSize, dataFormat }) => {
    const placement = runner.placementOf(x);
    if (placement?.format !== 'NHWC' || dataFormat !== 'NHWC') return null;
    const { layout, format } = placement;
    const { batch, height, width, tile } = layout;
    const channels = layout.channels / blockSize ** 2;
    if (!Number.isInteger(channels)) return null;
    const shape = [batch, height * blockSize, width * blockSize, channels];
    const out = narrowed(tile, Math.ceil(channels / 4));
    const spec = { family: 'depthToSpace', in: tile, out, aligned: channels % 4 === 0 } as const;
    const operand = runner.tiles(x, layout, format, tile);
    return runner.run(spec, { x: operand }, { blockSize }, outputIn(runner, shape, format, out));
  },
);

/** Trades slices of a tile for width, as long as half of the slices suffice for the tensor. */
export function narrowed({ w, h, c }: Tile, slices: number): Tile {
  return c % 2 === 0 && c / 2 >= slices ? narrowed({ w: 2 * w, h, c: c / 2 }, slices) : { w, h, c };
}
