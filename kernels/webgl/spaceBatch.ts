/**
 * SpaceToBatchND, BatchToSpaceND and DepthToSpace of tensors that are in planes, each in one draw
 * without the reshapes and transpositions that define them. Converted graphs have the first two
 * around dilated convolutions.
 */
import {
  BatchToSpaceND,
  type BatchToSpaceNDAttrs,
  type BatchToSpaceNDInputs,
  DepthToSpace,
  type DepthToSpaceAttrs,
  type DepthToSpaceInputs,
  SpaceToBatchND,
  type SpaceToBatchNDAttrs,
  type SpaceToBatchNDInputs,
} from '@tensorflow/tfjs-core';
import { tiledKernel } from './fallback.js';
import type { IndexMap, ValueId } from './layout/indexMap.js';
import { moved } from './moves.js';

export const spaceBatchKernels = [
  tiledKernel<SpaceToBatchNDInputs, SpaceToBatchNDAttrs>(
    SpaceToBatchND,
    (runner, { x }, { blockShape, paddings }) => {
      const [batch, ...space] = x.shape.slice(0, 1 + blockShape.length);
      const others = x.shape.slice(1 + blockShape.length);
      const padded = space.map((size, i) => paddings[i][0] + size + paddings[i][1]);
      const blocks = padded.map((size, i) => size / blockShape[i]);
      const isValid = space.length === blockShape.length && x.shape.length <= 4;
      if (!isValid || paddings.flat().some((side) => side < 0)) return null;
      if (!blocks.every(Number.isInteger)) return null;
      return moved(runner, x, {
        key: [SpaceToBatchND, blockShape, paddings],
        shape: x.shape,
        outShape: [product(blockShape) * batch, ...blocks, ...others],
        rule: (map, [outBatch, ...index]) => {
          const [n, within] = splitBatch(map, outBatch, batch, blockShape);
          const pixels = space.map((size, i) => {
            const [before, after] = paddings[i];
            const terms = [[index[i], blockShape[i]] as const, [within[i], 1] as const];
            const at = map.sum(-before, terms);
            return before + after === 0 ? at : map.bounded(at, size);
          });
          return [n, ...pixels, ...index.slice(space.length)];
        },
      });
    },
  ),
  tiledKernel<BatchToSpaceNDInputs, BatchToSpaceNDAttrs>(
    BatchToSpaceND,
    (runner, { x }, { blockShape, crops }) => {
      const [all, ...space] = x.shape.slice(0, 1 + blockShape.length);
      const batch = all / product(blockShape);
      const isValid = space.length === blockShape.length && x.shape.length <= 4;
      if (!isValid || !Number.isInteger(batch)) return null;
      const cropped = space.map((size, i) => size * blockShape[i] - crops[i][0] - crops[i][1]);
      if (cropped.some((size) => size <= 0) || crops.flat().some((side) => side < 0)) return null;
      return moved(runner, x, {
        key: [BatchToSpaceND, blockShape, crops],
        shape: x.shape,
        outShape: [batch, ...cropped, ...x.shape.slice(1 + blockShape.length)],
        rule: (map, [n, ...index]) => {
          const places = blockShape.map((size, i) =>
            map.split(map.sum(crops[i][0], [[index[i], 1]]), size),
          );
          const blockStep = (i: number) => batch * product(blockShape.slice(i + 1));
          const within = places.map(([, rest], i) => [rest, blockStep(i)] as const);
          const pixels = places.map(([quotient]) => quotient);
          return [map.sum(0, [[n, 1], ...within]), ...pixels, ...index.slice(blockShape.length)];
        },
      });
    },
  ),
  tiledKernel<DepthToSpaceInputs, DepthToSpaceAttrs>(
    DepthToSpace,
    (runner, { x }, { blockSize, dataFormat }) => {
      const isNHWC = dataFormat === 'NHWC';
      const [batch, height, width, depth] = isNHWC ? x.shape : toNHWC(x.shape);
      const channels = depth / blockSize ** 2;
      if (x.shape.length !== 4 || !Number.isInteger(channels)) return null;
      const result = [batch, height * blockSize, width * blockSize, channels];
      return moved(runner, x, {
        key: [DepthToSpace, blockSize, dataFormat],
        shape: x.shape,
        outShape: isNHWC ? result : toNCHW(result),
        rule: (map, index) => {
          const [n, y, x, c] = isNHWC ? index : toNHWC(index);
          const [row, down] = map.split(y, blockSize);
          const [column, across] = map.split(x, blockSize);
          const channel = map.sum(0, [
            [down, blockSize * channels],
            [across, channels],
            [c, 1],
          ]);
          const from = [n, row, column, channel];
          return isNHWC ? from : toNCHW(from);
        },
      });
    },
  ),
];

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** Splits a batch element of many into the places in the blocks, outermost, and the batch element. */
function splitBatch(
  map: IndexMap,
  outBatch: ValueId,
  batch: number,
  blockShape: readonly number[],
): readonly [n: ValueId, within: readonly ValueId[]] {
  const all = product(blockShape) * batch;
  const [...within] = map.regrouped([outBatch], [all], [...blockShape, batch]);
  const n = within.pop() as ValueId;
  return [n, within];
}

function toNHWC<T>([n, c, y, x]: readonly T[]): [T, T, T, T] {
  return [n, y, x, c];
}

function toNCHW<T>([n, y, x, c]: readonly T[]): [T, T, T, T] {
  return [n, c, y, x];
}
