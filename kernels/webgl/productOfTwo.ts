/** Products of matrices that were both computed, and are both in planes, as in attention. */
import { type TensorInfo, Transpose, util } from '@tensorflow/tfjs-core';
import type { FusedActivation } from '../shape/fused.js';
import { stockKernel } from './fallback.js';
import { hasLongRows, rowParts } from './layout/rowParts.js';
import { rearranged } from './moves.js';
import { outputIn } from './output.js';
import { factorTile } from './programs/matMul.js';
import { fusionSteps, stepName } from './programs/steps.js';
import { placementOfMatrices, placementOfRows } from './rows.js';
import type { Operand, Placement, TileRunner } from './runner.js';
import { transposition } from './Transpose.js';

export interface ProductOfTwo {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Vector that is added to each row, before the activation. */
  readonly bias?: TensorInfo;
  /** Activation without parameters. */
  readonly activation: FusedActivation;
}

/**
 * Returns the products of the matrices in the last two axes of a and b; null if one of the two is not in
 * planes, or would be mostly padding there with its rows as pixels, or if the matrices of b are neither
 * one nor as many as those of a.
 */
export function productOfTwo(runner: TileRunner, product: ProductOfTwo): TensorInfo | null {
  const { a, b, transposeA, transposeB } = product;
  const isInPlanes = (x: TensorInfo) => x.shape.length > 1 && runner.placementOfData(x) !== null;
  if (!isInPlanes(a) || !isInPlanes(b)) return null;
  const [inA, inB] = [a, b].map(({ shape }) => shape.at(-1));
  const [outA, outB] = [a, b].map(({ shape }) => shape.at(-2));
  if ((transposeA ? outA : inA) !== (transposeB ? inB : outB)) return null;
  const outer = [a, b].map(({ shape }) => shape.slice(0, -2));
  const isOne = util.sizeFromShape(outer[1]) === 1 && b.shape.length <= a.shape.length;
  if (!isOne && !util.arraysEqual(outer[0], outer[1])) return null;
  const [left, right] = [
    transposeA ? transposed(runner, a) : a,
    transposeB ? transposed(runner, b) : b,
  ];
  const result = left && right && productOfRows(runner, left, right, isOne, product);
  for (const x of [left, right]) {
    if (x !== null && x !== a && x !== b) runner.disposeIntermediateTensorInfo(x);
  }
  return result;
}

/** Returns the product of matrices that are not transposed. */
function productOfRows(
  runner: TileRunner,
  a: TensorInfo,
  b: TensorInfo,
  isOne: boolean,
  { bias, activation }: ProductOfTwo,
): TensorInfo | null {
  const left = matricesOf(runner, a);
  if (left === null) return null;
  const { batch, height, width, tile } = left.layout;
  const rows = a.shape.at(-2);
  const [depth, columns] = b.shape.slice(-2);
  const isByLine = rows === width;
  const lines = isOne || !isByLine ? 0 : 1;
  const factorRows = rowParts(Math.ceil(depth / factorTile.w), runner.limits.maxTextureSize);
  if (hasLongRows(factorRows)) return null;
  const matrices = [isOne ? 0 : isByLine ? height : 1, lines];
  const factors = {
    batch: isOne ? 1 : (batch * height * width) / (rows as number),
    height: 1,
    width: depth,
    channels: columns,
  };
  const operands: Record<string, Operand> = {
    a: runner.tiles(a, left.layout, left.format, tile),
    b: runner.tiles(b, factors, 'NHWC', factorTile),
  };
  if (bias !== undefined) {
    const extent = { batch: 1, height: 1, width: 1, channels: columns };
    operands[stepName(0)] = runner.tiles(bias, extent, 'NHWC', { w: 1, h: 1, c: 1 });
  }
  const steps = fusionSteps({ bias: bias !== undefined, activation });
  const spec = { family: 'matMul', tile, byLine: lines === 1 && tile.h > 1, steps } as const;
  const output = {
    ...outputIn(runner, [batch, height, width, columns], 'NHWC', tile),
    shape: [...a.shape.slice(0, -1), columns],
  };
  return runner.deferOther({ spec, operands, uniforms: { matrices } }, output, [a, b]);
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

/** Returns x with its last two axes exchanged. */
function transposed(runner: TileRunner, x: TensorInfo): TensorInfo | null {
  const rank = x.shape.length;
  const perm = [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  return rearranged(runner, x, transposition(x.shape, perm), {
    call: {
      kernelName: Transpose,
      inputs: [x],
      again: (replace) => stockKernel(runner, Transpose, { x: replace(x) }, { perm }),
    },
  });
}
