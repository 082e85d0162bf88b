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
import { isOfFewOnCPU, rearranged } from './moves.js';
import type { Move } from './programs/movePlan.js';
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
    return rearranged(runner, x, transposition(x.shape, perm));
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
