/** Products of matrices that were both computed, and are both in planes, as in attention. */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { outputIn } from './output.js';
import { placementOfMatrices, placementOfRows } from './rows.js';
import type { Placement, TileRunner } from './runner.js';
import { sweptOperand } from './swept.js';

/**
 * Returns the products of the matrices in the last two axes of a and b, in the tile of a; null if one
 * of the two is not in planes, or would be mostly padding there with its rows as pixels, or if the
 * matrices of b are neither one nor as many as those of a.
 * @param transposed true if the matrices of b are transposed
 */
export function productOfTwo(
  runner: TileRunner,
  a: TensorInfo,
  b: TensorInfo,
  transposed: boolean,
): TensorInfo | null {
  if ([a, b].some((x) => x.shape.length < 2 || runner.placementOfData(x) === null)) return null;
  const [rows, depth] = a.shape.slice(-2);
  const [first, second] = b.shape.slice(-2);
  const [inner, columns] = transposed ? [second, first] : [first, second];
  const outer = [a, b].map(({ shape }) => shape.slice(0, -2));
  const isOne = util.sizeFromShape(outer[1]) === 1 && b.shape.length <= a.shape.length;
  if (inner !== depth || !(isOne || util.arraysEqual(outer[0], outer[1]))) return null;
  const [left, right] = [matricesOf(runner, a), placementOfRows(runner, b)];
  if (left === null || right === null) return null;
  const { batch, height, width, tile } = left.layout;
  const output = {
    ...outputIn(runner, [batch, height, width, columns], 'NHWC', tile),
    shape: [...outer[0], rows, columns],
  };
  const byLine = rows === width && height > 1 && tile.h > 1;
  const spec = { family: 'matMul', tile, b: right.layout.tile, transposed, byLine } as const;
  const operands = { a: sweptOperand(runner, a, left), b: sweptOperand(runner, b, right) };
  return runner.run(spec, operands, { rows: [rows, first, isOne ? 0 : 1] }, output);
}

/**
 * Returns a placement of the matrices of x, in which one is a line of pixels or a whole image, so that a
 * tile of a product reads few matrices of the other operand.
 */
function matricesOf(runner: TileRunner, x: TensorInfo): Placement | null {
  const placement = placementOfRows(runner, x);
  if (placement === null) return null;
  const rows = x.shape.at(-2);
  const { width, height } = placement.layout;
  const isWhole = rows === width || rows === height * width;
  return isWhole ? placement : placementOfMatrices(runner, x, placement);
}
