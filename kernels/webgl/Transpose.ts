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
} from '@tensorflow/tfjs-core';
import type { DataFormat } from '../shape/convShape.js';
import { stockKernel, tiledKernel } from './fallback.js';
import { placementFor } from './layout/placing.js';
import { extentOf, sameExtent } from './layout/tile.js';
import { isOfFewOnCPU, rearranged } from './moves.js';
import { paddedImage, unpadded } from './pad.js';
import type { Move } from './programs/movePlan.js';
import { type Placement, type TileRunner, texturesOf } from './runner.js';

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
    if (format !== null && runner.rearranged(x) === null) {
      return paddedAfter(runner, x, perm, format) ?? runner.relabel(x, shape, format);
    }
    return (
      interleaved(runner, x, perm, placementFor(shape, from, runner.limits)) ??
      rearranged(runner, x, transposition(x.shape, perm))
    );
  },
);

/** Returns the move of a transposition. */
export function transposition(shape: readonly number[], perm: readonly number[]): Move {
  return {
    key: [Transpose, perm],
    shape,
    outShape: perm.map((axis) => shape[axis]),
    rule: (_, index) => shape.map((_, axis) => index[perm.indexOf(axis)]),
  };
}

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
  to: Placement | null,
): TensorInfo | null {
  const rank = perm.length;
  const order = [...perm.slice(0, -2), perm[rank - 1], perm[rank - 2]];
  if (to === null || rank < 2 || x.shape[rank - 2] !== 2 || order.some((axis, i) => axis !== i))
    return null;
  const joined = runner.arrangementOf(x, 'joined');
  if (joined === null) return null;
  const [a, b] = joined.inputs;
  const { layout, format } = to;
  const isEach = ({ shape }: TensorInfo) => shape[3] === x.shape[rank - 1];
  const like = { ...extentOf(a.shape, 'NHWC'), channels: layout.channels };
  if (!isEach(a) || !isEach(b) || !sameExtent(layout, like) || format !== 'NHWC') return null;
  const { tile } = layout;
  if (2 * texturesOf(tile, runner.limits) > runner.limits.maxSamplers) return null;
  const [first, second] = [a, b].map((t) =>
    runner.tiles(t, extentOf(t.shape, 'NHWC'), 'NHWC', tile),
  );
  return runner.run(
    { family: 'interleave', tile },
    { a: first, b: second },
    {},
    {
      shape: perm.map((axis) => x.shape[axis]),
      ...to,
    },
  );
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
