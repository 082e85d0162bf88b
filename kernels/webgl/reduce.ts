/** Sum, Mean and Max over the height and the width of tensors that are in planes. */
import {
  Max,
  type MaxAttrs,
  type MaxInputs,
  Mean,
  type MeanAttrs,
  type MeanInputs,
  Sum,
  type SumAttrs,
  type SumInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import type { DataFormat } from '../shape/convShape.js';
import { tiledKernel } from './fallback.js';
import { type TileLayout, tileLayout } from './layout/tile.js';
import type { ReduceOp } from './programs/reduce.js';
import type { Operand, TileRunner } from './runner.js';

export const reduceKernels = [
  tiledKernel<SumInputs, SumAttrs>(Sum, (runner, { x }, { axis, keepDims }) =>
    overPixels(runner, 'sum', x, axis, keepDims),
  ),
  tiledKernel<MeanInputs, MeanAttrs>(Mean, (runner, { x }, { axis, keepDims }) =>
    overPixels(runner, 'mean', x, axis, keepDims),
  ),
  tiledKernel<MaxInputs, MaxAttrs>(Max, (runner, { x }, { reductionIndices, keepDims }) =>
    overPixels(runner, 'max', x, reductionIndices, keepDims),
  ),
];

/** Maximum number of tiles that one fragment reduces; images with more tiles take two passes. */
const MAX_TILES = 64;

/**
 * Reduces x over its pixels; returns null if x is not in planes, or if the axes are not its height
 * and its width.
 */
export function overPixels(
  runner: TileRunner,
  op: ReduceOp | 'mean',
  x: TensorInfo,
  axis: number | number[],
  keepDims: boolean,
): TensorInfo | null {
  const placement = runner.placementOf(x);
  if (placement === null) return null;
  const { layout, format } = placement;
  const [height, width] = format === 'NHWC' ? [1, 2] : [2, 3];
  const axes = util.parseAxisParam(axis, x.shape);
  if (axes.length !== 2 || !axes.includes(height) || !axes.includes(width)) return null;
  const operand = runner.tiles(x, layout, format, layout.tile);
  const divisor = op === 'mean' ? layout.height * layout.width : 1;
  const last = { op: op === 'mean' ? 'sum' : op, divisor, keepDims, format } as const;
  if (layout.rows === 1 || layout.rows * layout.columns <= MAX_TILES) {
    return pass(runner, operand, layout, layout.rows, last);
  }
  const rows = pass(runner, operand, layout, 1, { ...last, divisor: 1, keepDims: true });
  const between = passLayout(runner, layout, 1);
  const again = runner.tiles(rows, between, format, between.tile);
  const result = pass(runner, again, between, between.rows, last);
  runner.disposeIntermediateTensorInfo(rows);
  return result;
}

interface Pass {
  readonly op: ReduceOp;
  readonly divisor: number;
  readonly keepDims: boolean;
  readonly format: DataFormat;
}

/** Draws a pass in which each `rowsOfAStep` rows of tiles become one pixel. */
function pass(
  runner: TileRunner,
  operand: Operand,
  from: TileLayout,
  rowsOfAStep: number,
  { op, divisor, keepDims, format }: Pass,
): TensorInfo {
  const layout = passLayout(runner, from, rowsOfAStep);
  const { batch, height, channels } = layout;
  const spec = { family: 'reduce', op, in: from.tile } as const;
  // Without pixel axes, the order of the data is the same in both formats.
  const output = !keepDims
    ? ({ shape: [batch, channels], layout, format: 'NHWC' } as const)
    : format === 'NHWC'
      ? { shape: [batch, height, 1, channels], layout, format }
      : { shape: [batch, channels, height, 1], layout, format };
  return runner.run(spec, { x: operand }, { rowsOfAStep, divisor }, output);
}

function passLayout(
  runner: TileRunner,
  { batch, channels, rows, tile }: TileLayout,
  rowsOfAStep: number,
): TileLayout {
  const extent = { batch, height: Math.ceil(rows / rowsOfAStep), width: 1, channels };
  const layout = tileLayout(extent, { w: 1, h: 1, c: tile.c }, runner.limits.maxTextureSize);
  if (layout === null) throw new NeedsFallback('the sums of rows are too large for a texture here');
  return layout;
}
