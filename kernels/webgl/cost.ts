/**
 * Cost estimates that decide the first choice among variants: the time that a variant takes, from
 * the fetches and multiply-adds of its inner loop, in units of one texel fetch. The constants
 * are between the values that were fitted on the layer suite for two rasterisers:
 *
 *                   multiply-add   turn   written texel   fragment
 *     SwiftShader           0.13    1.9              11          0
 *     llvmpipe              0.04    0.7               4         11
 */

import type { ConvShape } from '../shape/convShape.js';
import type { Tile, TileLayout } from './layout/tile.js';
import {
  COMPONENTS,
  PATCH,
  PRODUCT,
  TURN_SLICES,
  turnGroups,
  type WinogradLayout,
} from './layout/winograd.js';

/** Cost of a vec4 multiply-add. */
const MULTIPLY_ADD = 0.1;
const WRITE = 7;
const FRAGMENT = 5;
/** Cost of writing a texel without bias, activation and tests for the edge. */
const PLAIN_WRITE = 3;
/** Cost of a component of a Winograd patch, including its reads. */
const COMPONENT = 16;
/** Cost of one turn of the loops over filter rows and input tiles, besides its fetches and adds. */
const TURN = 1.3;
/**
 * Cost of a change of tile, besides the texels that it moves: another pass in each prediction, and
 * more programs to compile before the first prediction, also for the kernels in between. Because of
 * this cost, small maps stay in the tiles of the net.
 */
const CHANGE = 200_000;
/** Cost of a fetch whose plane is chosen at run time. */
const INDIRECT_FETCH = 4;

/** Part of a program's window that the estimate uses. */
export interface Unrolled {
  readonly in: Tile;
  readonly out: Tile;
  readonly filterWidth: number;
  readonly filterRows: number;
}

/**
 * Returns the cost of a direct convolution in tiles.
 * @param texels number of texels of an input slice that one turn of the loop fetches
 */
export function tiledConvCost(shape: ConvShape, window: Unrolled, texels: number): number {
  const { in: input, out, filterRows, filterWidth } = window;
  const columns = Math.ceil(shape.outWidth / out.w);
  const rows = Math.ceil(shape.outHeight / out.h);
  const fragments = shape.batch * columns * rows * Math.ceil(shape.outChannels / 4 / out.c);
  const taps = filterRows * filterWidth;
  const pixels = out.w * out.h;
  const perTurn =
    shape.kernel === 'conv2d'
      ? Math.ceil(shape.inChannels / 4 / input.c) *
        (TURN + input.c * (texels + 4 * taps * out.c + MULTIPLY_ADD * 4 * taps * pixels * out.c))
      : TURN + out.c * (texels + taps + MULTIPLY_ADD * taps * pixels);
  const turns = shape.filterHeight / filterRows;
  return fragments * (turns * perTurn + WRITE * pixels * out.c + FRAGMENT);
}

/**
 * Returns the cost of a transposed convolution in tiles. Each tap adds to the share of a tile's pixels
 * that the strides leave it. Parts of tiles at the edges count as parts, so that larger tiles, which
 * share more weights, come first on maps of any size.
 */
export function transposedCost(shape: ConvShape, input: Tile, out: Tile): number {
  const { batch, outHeight, outWidth, outChannels, filterHeight, filterWidth } = shape;
  const pixels = out.w * out.h;
  const taps = filterHeight * filterWidth;
  const products = (taps * pixels) / (shape.strideHeight * shape.strideWidth);
  const texels = input.w * input.h;
  const perTurn =
    TURN + input.c * (texels + 4 * taps * out.c + MULTIPLY_ADD * 4 * products * out.c);
  const turns = Math.ceil(shape.inChannels / 4 / input.c);
  const fragments = ((batch * outHeight * outWidth) / pixels) * Math.ceil(outChannels / 4 / out.c);
  return fragments * (turns * perTurn + WRITE * pixels * out.c + FRAGMENT);
}

/**
 * Factor on the cost of a Winograd convolution, so high that the estimate never makes it the first
 * choice. Single layers gain up to a third, but whole nets gained 2% or nothing with the estimates'
 * choices, and cost a third more GPU memory and time of the first prediction. Winograd variants are
 * for tune(), which measures.
 */
const RESERVE = 1.5;

/** Returns the cost of a Winograd convolution: input components, their products, and the output. */
export function winogradCost(shape: ConvShape, layout: WinogradLayout): number {
  const { batch, outHeight, outWidth, outChannels } = shape;
  const { parts, inputs, products } = layout;
  const patchSlices = tilesOf(inputs) * parts.across * parts.slices;
  const { patches, slices } = PRODUCT;
  const perTurn = TURN + TURN_SLICES * (patches + 4 * slices + MULTIPLY_ADD * 4 * patches * slices);
  const turns = inputs.groups / turnGroups(parts);
  return (
    RESERVE *
    (patchSlices * COMPONENTS * COMPONENT +
      tilesOf(products) *
        COMPONENTS *
        (turns * perTurn + PLAIN_WRITE * patches * slices + FRAGMENT) +
      texels(batch, outHeight, outWidth, outChannels) * (COMPONENTS / PATCH / PATCH + WRITE))
  );
}

/** Returns the cost of converting the input to tiles that it is not in yet. */
export function convertCost({ batch, inHeight, inWidth, inChannels }: ConvShape): number {
  return CHANGE + texels(batch, inHeight, inWidth, inChannels) * (INDIRECT_FETCH + WRITE);
}

/**
 * Returns the cost of leaving the output in other tiles than the input's. It counts because layers
 * alternate: a later layer will need the input's tile again.
 */
export function departCost({ batch, outHeight, outWidth, outChannels }: ConvShape): number {
  return CHANGE + texels(batch, outHeight, outWidth, outChannels) * (INDIRECT_FETCH + WRITE);
}

function tilesOf({ batch, columns, rows, groups }: TileLayout): number {
  return batch * columns * rows * groups;
}

function texels(batch: number, height: number, width: number, channels: number): number {
  return batch * height * width * Math.ceil(channels / 4);
}
