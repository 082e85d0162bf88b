/**
 * Maps of one column. Layers on sequences make them of maps of one row, and keep the flat data: pools of
 * tfjs-layers and Keras give a sequence [batch, size, channels] the shape [batch, size, 1, channels],
 * convolutions [batch, 1, size, channels]. A kernel that exchanges both axes reads the row as it is.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sameExtent } from './layout/tile.js';
import type { WindowShape } from './programs/window.js';
import type { Placement, TileRunner } from './runner.js';

/** Returns the placement in which a map of one column is a row; null for all other tensors. */
export function rowOf(runner: TileRunner, x: TensorInfo): Placement | null {
  const [batch, height, width, channels] = x.shape;
  if (x.shape.length !== 4 || width !== 1 || height === 1) return null;
  const placement = runner.placementOfData(x);
  const row = { batch, height: 1, width: height, channels };
  return placement?.format === 'NHWC' && sameExtent(placement.layout, row) ? placement : null;
}

/** Returns the sizes with both axes exchanged. */
export function exchanged(sizes: WindowShape): WindowShape {
  return {
    filterHeight: sizes.filterWidth,
    filterWidth: sizes.filterHeight,
    strideHeight: sizes.strideWidth,
    strideWidth: sizes.strideHeight,
    dilationHeight: sizes.dilationWidth,
    dilationWidth: sizes.dilationHeight,
    padTop: sizes.padLeft,
    padLeft: sizes.padTop,
  };
}
