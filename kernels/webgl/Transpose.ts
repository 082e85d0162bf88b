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
import { type Extent, extentOf, sameExtent, type TileLayout } from './layout/tile.js';
import { isOfFewOnCPU, moved } from './moves.js';
import { paddedImage, unpadded } from './pad.js';
import { sizesOf } from './programs/movePlan.js';
import { type Output, type Placement, type TileRunner, texturesOf } from './runner.js';

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
    if (format !== null) {
      return paddedAfter(runner, x, perm, format) ?? runner.relabel(x, shape, format);
    }
    const to = placementOfTransposed(x.shape, perm, from);
    const placement = placed(to.extent, to.format, from.layout.tile, runner.limits);
    if (placement === null) return null;
    const shuffled = interleaved(runner, x, perm, { shape, ...placement });
    if (shuffled !== null) return shuffled;
    const move = {
      key: [Transpose, perm],
      shape: x.shape,
      outShape: shape,
      rule: (_: unknown, index: readonly number[]) => x.shape.map((_, i) => index[perm.indexOf(i)]),
    };
    return moved(runner, x, move, { placement });
  },
);

/**
 * Returns a transposed image whose padding with zeros is still to be drawn, as the image before,
 * transposed and padded; null if x is anything else.
 */
function paddedAfter(
  runner: TileRunner,
  x: TensorInfo,
  perm: readonly number[],
  format: DataFormat,
): TensorInfo | null {
  const isImage = perm.join() === (format === 'NHWC' ? '0,2,3,1' : '0,3,1,2');
  const before = isImage ? unpadded(runner, x) : null;
  const source = before && runner.placementOfData(before.x);
  if (before === null || source === null) return null;
  if (relabelled(movedBlocks(before.x.shape, perm), source) !== format) return null;
  const [shape, from] = [x, before.x].map((t) => perm.map((axis) => t.shape[axis]));
  const image = runner.relabel(before.x, from, format);
  const placement = runner.placementOf(image) as Placement;
  const y = paddedImage(runner, { ...before, x: image, shape }, placement);
  runner.disposeIntermediateTensorInfo(image);
  return y;
}

/**
 * Returns the channels of two images in turn, of which x is the concatenation, still to be drawn; null if
 * x or its order is anything else. Nets that shuffle channels do so after a concatenation.
 */
function interleaved(
  runner: TileRunner,
  x: TensorInfo,
  perm: readonly number[],
  output: Output,
): TensorInfo | null {
  const rank = perm.length;
  const order = [...perm.slice(0, -2), perm[rank - 1], perm[rank - 2]];
  if (rank < 2 || x.shape[rank - 2] !== 2 || order.some((axis, i) => axis !== i)) return null;
  const joined = runner.arrangementOf(x, 'joined');
  if (joined === null) return null;
  const [a, b] = joined.inputs;
  const { layout } = output;
  const isEach = ({ shape }: TensorInfo) => shape[3] === x.shape[rank - 1];
  const like = { ...extentOf(a.shape, 'NHWC'), channels: layout.channels };
  if (!isEach(a) || !isEach(b) || !sameExtent(layout, like) || output.format !== 'NHWC')
    return null;
  const { tile } = layout;
  if (2 * texturesOf(tile, runner.limits) > runner.limits.maxSamplers) return null;
  const [first, second] = [a, b].map((t) =>
    runner.tiles(t, extentOf(t.shape, 'NHWC'), 'NHWC', tile),
  );
  return runner.run({ family: 'interleave', tile }, { a: first, b: second }, {}, output);
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
  const format =
    c < 0 || y < 0 || x < 0 ? from.format : c < y ? 'NCHW' : c > x ? 'NHWC' : from.format;
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
