/**
 * The first choice among variants: an estimate of the time a variant takes, from
 * what its inner loop fetches and multiplies, in units of one texel fetch. The constants
 * lie between those fitted on the layer suite for two rasterisers:
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

/** A vec4 multiply-add. */
const MULTIPLY_ADD = 0.1;
const WRITE = 7;
const FRAGMENT = 5;
/** A written texel without bias, activation and tests for the edge. */
const PLAIN_WRITE = 3;
/** A component of a Winograd patch with what it reads. */
const COMPONENT = 16;
/** One turn of the loops over filter rows and input tiles, beside what it fetches and adds. */
const TURN = 1.3;
/**
 * A change of tile, beside what it moves: another pass in each prediction, and before the first one
 * more programs to compile, for the kernels in between too. Small maps stay in the tiles of the net.
 */
const CHANGE = 200_000;
/** A fetch whose plane is chosen at run time. */
const INDIRECT_FETCH = 4;

/** What of a program's window the estimate looks at. */
export interface Unrolled {
  readonly in: Tile;
  readonly out: Tile;
  readonly filterWidth: number;
  readonly filterRows: number;
}

/**
 * Cost of a direct convolution in tiles.
 * `texels` is how many of an input slice one turn of the loop fetches.
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
 * What a Winograd convolution has to save to be the first choice, more than it ever does: single
 * layers gain up to a third, but nets of them 2% or nothing by the estimates' choices, and pay with
 * a third more GPU memory and first prediction. It is for tune(), which measures.
 */
const RESERVE = 1.5;

/** Cost of a Winograd convolution: components of the input, their products, and the output. */
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

/** Cost of bringing the input into tiles that it does not lie in yet. */
export function convertCost({ batch, inHeight, inWidth, inChannels }: ConvShape): number {
  return CHANGE + texels(batch, inHeight, inWidth, inChannels) * (INDIRECT_FETCH + WRITE);
}

/**
 * Cost of leaving the output in other tiles than the input's: layers alternate, so
 * one of the next will want the input's tile back.
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
