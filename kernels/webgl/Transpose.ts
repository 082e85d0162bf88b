/**
 * Transpose of tensors that are in planes. Between NHWC and NCHW the planes stay as they are, and
 * only their format changes.
 */
import {
  Reshape,
  type TensorInfo,
  Transpose,
  type TransposeAttrs,
  type TransposeInputs,
  util,
} from '@tensorflow/tfjs-core';
import type { DataFormat } from '../shape/convShape.js';
import { stockKernel, tiledKernel } from './fallback.js';
import { extentFor, placed } from './layout/placing.js';
import type { Extent, TileLayout } from './layout/tile.js';
import { isOfFewOnCPU, rearranged } from './moves.js';
import { type Move, sizesOf } from './programs/movePlan.js';
import type { Placement } from './runner.js';

export const transposeKernel = tiledKernel<TransposeInputs, TransposeAttrs>(
  Transpose,
  (runner, { x }, { perm }) => {
    const from = runner.placementOfData(x);
    if (from === null || x.dtype !== 'float32' || !isPermutation(perm, x.shape.length)) return null;
    if (isOfFewOnCPU(runner, x)) return null;
    const shape = perm.map((axis) => x.shape[axis]);
    const blocks = movedBlocks(x.shape, perm);
    if (blocks.length < 2) return stockKernel<TensorInfo>(runner, Reshape, { x }, { shape });
    const format = relabelled(blocks, from);
    if (format !== null && runner.rearranged(x) === null) return runner.relabel(x, shape, format);
    const to = placementOfTransposed(x.shape, perm, from);
    const placement = placed(to.extent, to.format, from.layout.tile, runner.limits);
    return rearranged(runner, x, transposition(x.shape, perm), {
      placement: placement ?? undefined,
    });
  },
);

/** Returns the move of a transposition. */
export function transposition(shape: readonly number[], perm: readonly number[]): Move {
  return {
    shape,
    outShape: perm.map((axis) => shape[axis]),
    rule: (_, index) => shape.map((_, axis) => index[perm.indexOf(axis)]),
  };
}

function isPermutation(perm: readonly number[], rank: number): boolean {
  return perm.length === rank && [...perm].sort((a, b) => a - b).every((axis, i) => axis === i);
}

/** Axes that stay together, as one axis of the product of their sizes. */
interface Block {
  /** The first of the axes in the input. */
  readonly axis: number;
  readonly size: number;
}

/** Returns the blocks in the order of the result; axes of size 1 belong to none. */
export function movedBlocks(shape: readonly number[], perm: readonly number[]): Block[] {
  const axes = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  const blocks: Block[] = [];
  let next = -1;
  for (const axis of perm) {
    if (shape[axis] === 1) continue;
    const last = blocks.at(-1);
    if (last !== undefined && axis === next) {
      blocks[blocks.length - 1] = { ...last, size: last.size * shape[axis] };
    } else {
      blocks.push({ axis, size: shape[axis] });
    }
    next = axes[axes.indexOf(axis) + 1];
  }
  return blocks;
}

/**
 * Returns the format in which planes of x hold its transposition; null if the values must move. They
 * stay where pixels and channels are exchanged as a whole, behind the batch.
 */
export function relabelled(
  blocks: readonly Block[],
  { layout, format }: Placement,
): DataFormat | null {
  const { batch, height, width, channels } = layout;
  const pixels = height * width;
  const [first, second] = format === 'NHWC' ? [channels, pixels] : [pixels, channels];
  const wanted = (batch === 1 ? [first, second] : [batch, first, second]).filter((s) => s !== 1);
  const isExchange =
    blocks.length === wanted.length &&
    blocks.every(({ size }, i) => size === wanted[i]) &&
    blocks.length === (batch === 1 ? 2 : 3) &&
    (batch === 1 || blocks[0].axis < Math.min(blocks[1].axis, blocks[2].axis));
  if (!isExchange) return null;
  return format === 'NHWC' ? 'NCHW' : 'NHWC';
}

/**
 * Returns the extent and the format of a transposition. It begins a new axis of the extent where the
 * outermost part of that axis has gone, so that the reshape that usually follows (after a channel
 * shuffle, or between channels and blocks of pixels) finds its placement. Height and width have as
 * many axes each.
 */
export function placementOfTransposed(
  shape: readonly number[],
  perm: readonly number[],
  from: Placement,
): { readonly extent: Extent; readonly format: DataFormat } {
  const out = perm.map((axis) => shape[axis]);
  const { height, width, channels } = outermost(shape, from);
  const [y, x, c] = [height, width, channels].map((axis) => perm.indexOf(axis));
  const long = (axis: number) => shape[axis] !== 1;
  const staysLast =
    perm.filter(long).at(-1) ===
    shape
      .map((_, axis) => axis)
      .filter(long)
      .at(-1);
  const stays = staysLast || c < 0 || y < 0 || x < 0;
  const format = stays ? from.format : c < y ? 'NCHW' : c > x ? 'NHWC' : from.format;
  const like = { layout: from.layout, format };
  if (out.length < 5 || y < 1 || x <= y) return { extent: extentFor(out, like), format };
  const end = format === 'NHWC' ? 2 * x - y : out.length;
  if (end > out.length) return { extent: extentFor(out, like), format };
  const product = (begin: number, to: number) => util.sizeFromShape(out.slice(begin, to));
  const pixels = { height: product(y, x), width: product(x, end) };
  const extent =
    format === 'NHWC'
      ? { batch: product(0, y), ...pixels, channels: product(end, out.length) }
      : { batch: out[0], ...pixels, channels: product(1, y) };
  return { extent, format };
}

/** Returns the axis of a shape that holds the outermost part of each axis of planes; -1 for none. */
function outermost(shape: readonly number[], { layout, format }: Placement) {
  const sizes = sizesOf(layout, format);
  const ends = shape.map((_, axis) => util.sizeFromShape(shape.slice(axis)));
  const find = (place: number) => {
    const whole = util.sizeFromShape(sizes.slice(place));
    return sizes[place] === 1 ? -1 : ends.findIndex((end, i) => end === whole && shape[i] !== 1);
  };
  const places = format === 'NHWC' ? [1, 2, 3] : [2, 3, 1];
  const [height, width, channels] = places.map(find);
  return { height, width, channels } satisfies Partial<Record<keyof TileLayout, number>>;
}
