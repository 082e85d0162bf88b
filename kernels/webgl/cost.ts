/**
 * Cost estimates that decide the first choice among variants: the time that a variant takes, from
 * the fetches and multiply-adds of its inner loop, in units of one texel fetch. The table of
 * devices tells what each charges for them.
 */

import type { ConvShape } from '../shape/convShape.js';
import type { DeviceProfile, Rates } from './deviceProfile.js';
import type { Extent, Tile, TileLayout } from './layout/tile.js';
import {
  COMPONENTS,
  PATCH,
  PRODUCT,
  TURN_SLICES,
  turnGroups,
  type WinogradLayout,
} from './layout/winograd.js';
import { texelsAtOnce } from './programs/conv2d.js';
import { turnsOf } from './programs/window.js';

/** Cost of a fetch whose plane is chosen at run time. */
const INDIRECT_FETCH = 4;
/** Cost of a texel that is written by a conversion. */
const CONVERTED = 7;

/** Part of a program's window that the estimate uses. */
export interface Unrolled {
  readonly in: Tile;
  readonly out: Tile;
  readonly filterWidth: number;
  readonly filterRows: number;
}

/** Work of a fragment in one turn of its loop. */
interface Work {
  readonly texels: number;
  readonly weights: number;
  readonly multiplyAdds: number;
  /** Charge of a weight in a uniform block; null for one that is fetched. */
  readonly load?: number | null;
  /** Charge of operations before and after, which overlap with the fetches of a program without a loop. */
  readonly ends?: number;
}

function workCost(rates: Rates, work: Work): number {
  const { texels, weights, multiplyAdds, load = null, ends = 0 } = work;
  const { overlaps, multiplyAdd, turn } = rates;
  const isLoaded = load !== null;
  const weight = (load ?? rates.weight) * weights;
  if (!overlaps) return turn + texels + weight + multiplyAdd * multiplyAdds + ends;
  const ops =
    multiplyAdds +
    rates.texelOps * texels +
    (isLoaded ? rates.blockWeightOps : rates.weightOps) * weights;
  return Math.max(
    turn + multiplyAdd * ops + ends,
    texels + (isLoaded ? 0 : weight),
    isLoaded ? weight : 0,
  );
}

/**
 * Returns the cost of a direct convolution in tiles.
 * @param texels number of texels of an input slice that one turn of the loop fetches
 * @param isBlock true if the weights are in uniform blocks: of a conv2d, one for each draw of a group of
 *   slices, and of a depthwise convolution, one for all
 */
export function tiledConvCost(
  device: DeviceProfile,
  shape: ConvShape,
  window: Unrolled,
  texels: number,
  isBlock = false,
): number {
  const { rates } = device;
  const { in: input, out, filterRows, filterWidth } = window;
  const columns = Math.ceil(shape.outWidth / out.w);
  const rows = Math.ceil(shape.outHeight / out.h);
  const groups = Math.ceil(shape.outChannels / 4 / out.c);
  const isDense = shape.kernel === 'conv2d';
  const drawsGroups = isBlock && isDense;
  const fragments =
    shape.batch * columns * groups * (drawsGroups && columns > 1 ? shadedRows(rows) : rows);
  const taps = filterRows * filterWidth;
  const pixels = out.w * out.h;
  const planes = pixels * out.c;
  const slices = isDense ? input.c : out.c;
  const lanes = isDense ? 4 : 1;
  const turns = turnsOf(shape, window) * (isDense ? Math.ceil(shape.inChannels / 4 / input.c) : 1);
  const ends = rates.write * planes + rates.fragment;
  const hasLoop = isDense || turns > 1;
  const perTurn =
    workCost(rates, {
      texels: slices * texels,
      weights: lanes * taps * (isDense ? slices * out.c : out.c),
      multiplyAdds: lanes * taps * pixels * (isDense ? slices * out.c : out.c),
      load: isBlock ? (isDense ? rates.blockWeight : rates.indexedWeight) : null,
      ends: hasLoop ? 0 : ends,
    }) +
    rates.spill *
      lackingRegisters(
        device,
        shape,
        window,
        isDense ? texelsAtOnce(slices, texels) : texelsInUse(shape, window, texels),
        isBlock,
      );
  const draws = drawsGroups ? shape.batch * groups - 1 : 0;
  return fragments * (turns * perTurn + (hasLoop ? ends : 0)) + draws * rates.draw;
}

/**
 * Returns the number of rows that a draw of so many rows of tiles shades: fragments are shaded in quads,
 * so that those of a single row are half of all.
 */
function shadedRows(rows: number): number {
  return Math.max(2, rows);
}

/**
 * Returns the number of vec4 registers that a fragment lacks, as a rule of thumb: compilers keep all
 * sums, and for a dense convolution fetch a whole window first. Weights from a texture take some more,
 * and so do the tests for the edge in a depthwise program, unless they come after a loop.
 */
function lackingRegisters(
  { registers, depthwiseRegisters }: DeviceProfile,
  shape: ConvShape,
  { out, filterRows }: Unrolled,
  texels: number,
  isBlock: boolean,
): number {
  const live = out.w * out.h * out.c + texels + (isBlock ? 0 : WEIGHTS_LIVE);
  if (shape.kernel === 'conv2d') return Math.max(0, live - registers);
  const hasEdge = filterRows === shape.filterHeight && !isWhole(shape, out);
  return Math.max(0, live + (hasEdge ? EDGE_LIVE : 0) - depthwiseRegisters);
}

/**
 * Returns the number of texels of a window that a depthwise program holds at once: the rows that the
 * pixels of a tile read for one row of the filter, those between them, and one row more. A tile of one
 * row is done with a row of the window before it reads the next.
 */
function texelsInUse(
  { strideHeight, dilationHeight }: ConvShape,
  { out, filterRows }: Unrolled,
  texels: number,
): number {
  if (out.h === 1) return texels / filterRows;
  const span = (out.h - 1) * strideHeight + 1;
  const all = span + (filterRows - 1) * dilationHeight;
  return (texels * Math.min(all, span + 1)) / all;
}

/** Registers for weights from a texture, and for the tests for the edge. */
const WEIGHTS_LIVE = 4;
const EDGE_LIVE = 3;

/** True if no tile of the output reaches beyond it. */
export function isWhole(
  { outWidth, outHeight, outChannels }: ConvShape,
  { w, h, c }: Tile,
): boolean {
  return outWidth % w === 0 && outHeight % h === 0 && outChannels % (4 * c) === 0;
}

/**
 * Returns the cost of a transposed convolution in tiles. Each tap adds to the share of a tile's pixels
 * that the strides leave it. Parts of tiles at the edges count as parts, so that larger tiles, which
 * share more weights, come first on maps of any size.
 */
export function transposedCost(
  { rates }: DeviceProfile,
  shape: ConvShape,
  input: Tile,
  out: Tile,
): number {
  const { batch, outHeight, outWidth, outChannels, filterHeight, filterWidth } = shape;
  const pixels = out.w * out.h;
  const taps = filterHeight * filterWidth;
  const products = (taps * pixels) / (shape.strideHeight * shape.strideWidth);
  const perTurn = workCost(rates, {
    texels: input.c * input.w * input.h,
    weights: input.c * 4 * taps * out.c,
    multiplyAdds: input.c * 4 * products * out.c,
  });
  const turns = Math.ceil(shape.inChannels / 4 / input.c);
  const fragments = ((batch * outHeight * outWidth) / pixels) * Math.ceil(outChannels / 4 / out.c);
  return fragments * (turns * perTurn + rates.write * pixels * out.c + rates.fragment);
}

/**
 * Factor on the cost of a Winograd convolution, so high that the estimate never makes it the first
 * choice. Single layers gain up to a third, but whole nets gained 2% or nothing with the estimates'
 * choices, and cost a third more GPU memory and time of the first prediction. Winograd variants are
 * for tune(), which measures.
 */
const RESERVE = 3;

/** Returns the cost of a Winograd convolution: input components, their products, and the output. */
export function winogradCost(
  { rates }: DeviceProfile,
  shape: ConvShape,
  layout: WinogradLayout,
): number {
  const { batch, outHeight, outWidth, outChannels } = shape;
  const { parts, inputs, products } = layout;
  const patchSlices = tilesOf(inputs) * parts.across * parts.slices;
  const { patches, slices } = PRODUCT;
  const perTurn = workCost(rates, {
    texels: TURN_SLICES * patches,
    weights: TURN_SLICES * 4 * slices,
    multiplyAdds: TURN_SLICES * 4 * patches * slices,
  });
  const turns = inputs.groups / turnGroups(parts);
  return (
    RESERVE *
    (patchSlices * COMPONENTS * rates.component +
      tilesOf(products) *
        COMPONENTS *
        (turns * perTurn + rates.plainWrite * patches * slices + rates.fragment) +
      texels(batch, outHeight, outWidth, outChannels) * (COMPONENTS / PATCH / PATCH + rates.write))
  );
}

/** Returns the cost of converting the input to tiles that it is not in yet. */
export function convertCost(device: DeviceProfile, shape: ConvShape): number {
  const { batch, inHeight: height, inWidth: width, inChannels: channels } = shape;
  return retileCost(device, { batch, height, width, channels });
}

/**
 * Returns the cost of leaving the output in other tiles than the input's. It counts because layers
 * alternate: a later layer will need the input's tile again.
 */
export function departCost(device: DeviceProfile, shape: ConvShape): number {
  const { batch, outHeight: height, outWidth: width, outChannels: channels } = shape;
  return retileCost(device, { batch, height, width, channels });
}

/**
 * Returns the cost of choosing among the planes of an operand of one pixel, in tiles of so many slices, in
 * each tile of the values: of the fetches beside the ones that it takes.
 */
export function choiceCost(layout: TileLayout, slices: number): number {
  const { tile } = layout;
  return tilesOf(layout) * tile.c * (Math.max(1, slices / tile.c) - 1);
}

/**
 * Returns the cost of a read that other kernels wait for, in the time of which a GPU makes hundreds of
 * draws. A rasteriser draws on the processor that waits.
 */
export function readCost({ software, rates }: DeviceProfile): number {
  return (software ? 20 : 250) * rates.draw;
}

/** Returns the cost of moving a tensor of this extent to another tile. */
export function retileCost(
  { rates }: DeviceProfile,
  { batch, height, width, channels }: Extent,
): number {
  return rates.change + texels(batch, height, width, channels) * (INDIRECT_FETCH + CONVERTED);
}

function tilesOf({ batch, columns, rows, groups }: TileLayout): number {
  return batch * columns * rows * groups;
}

function texels(batch: number, height: number, width: number, channels: number): number {
  return batch * height * width * Math.ceil(channels / 4);
}
