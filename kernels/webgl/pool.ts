/** MaxPool and AvgPool of tensors that are in planes. */
import {
  AvgPool,
  type AvgPoolAttrs,
  type AvgPoolInputs,
  backend_util,
  MaxPool,
  type MaxPoolAttrs,
  type MaxPoolInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { exchanged, rowOf } from './columns.js';
import { tiledKernel } from './fallback.js';
import type { RowParts } from './layout/rowParts.js';
import type { Tile } from './layout/tile.js';
import { outputIn } from './output.js';
import type { ProgramSpec } from './programs/index.js';
import type { PoolOp } from './programs/pool.js';
import { offsets, type WindowShape, windowOf, windowUniforms } from './programs/window.js';
import { readsNear } from './programs/windowFetches.js';
import { reduce } from './reduce.js';
import type { TileRunner, UniformValue } from './runner.js';

export const poolKernels = [
  tiledKernel<MaxPoolInputs, MaxPoolAttrs>(MaxPool, (runner, { x }, attrs) =>
    pool(runner, 'max', x, attrs),
  ),
  tiledKernel<AvgPoolInputs, AvgPoolAttrs>(AvgPool, (runner, { x }, attrs) =>
    pool(runner, 'avg', x, attrs),
  ),
];

/**
 * Pools x into a result in the same tile; returns null if x is not in planes, or if the pooling
 * would not change x.
 */
function pool(
  runner: TileRunner,
  op: PoolOp,
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: MaxPoolAttrs | AvgPoolAttrs,
): TensorInfo | null {
  const inShape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(
    inShape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { outShape, padInfo } = info;
  const identity =
    info.filterHeight === 1 && info.filterWidth === 1 && util.arraysEqual(inShape, outShape);
  const whole = [padInfo.top, padInfo.left, ...outShape].every(Number.isInteger);
  if (identity || !whole || outShape.some((size) => size <= 0)) return null;
  const row = info.outWidth === 1 ? rowOf(runner, x) : null;
  const placement = row ?? runner.placementOf(x);
  if (placement?.format !== 'NHWC') return null;
  if (op === 'avg' && isWhole(info)) return reduce(runner, 'mean', x, [1, 2], true);
  const { layout, format } = placement;
  const { tile } = layout;
  const sizes = { ...info, padTop: padInfo.top, padLeft: padInfo.left };
  const [batch, height, width, channels] = outShape;
  const inRow = [batch, width, height, channels];
  const output = { ...outputIn(runner, row ? inRow : outShape, format, tile), shape: outShape };
  const { spec, uniforms } = poolPlan(op, row ? exchanged(sizes) : sizes, tile, layout);
  const operand = runner.tiles(x, layout, format, tile);
  return runner.run(spec, { x: operand }, uniforms, output);
}

/** True if there is only one window and it covers every pixel. */
function isWhole(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, padInfo, inHeight, inWidth, outHeight, outWidth } = info;
  const covers = filterHeight - padInfo.top >= inHeight && filterWidth - padInfo.left >= inWidth;
  return covers && outHeight * outWidth === 1;
}

/** Maximum number of texels that a program spells out: text and compile time grow with them. */
const MAX_UNROLLED = 512;

/** Program of a pooling, and its uniforms. */
interface PoolPlan {
  readonly spec: ProgramSpec;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
}

/**
 * Returns a plan whose planes are known when the program is written; the general plan if they
 * cannot be known or if the filter is too large to be spelled out.
 * @param rows of the input; null if they are whole
 */
export function poolPlan(
  op: PoolOp,
  shape: WindowShape,
  tile: Tile,
  rows: RowParts | null = null,
): PoolPlan {
  const general = generalPoolPlan(op, shape, tile);
  const window = windowOf(shape, tile, tile);
  if (window === null) return general;
  if (window.filterRows * window.filterWidth * tile.w * tile.h * tile.c > MAX_UNROLLED) {
    return general;
  }
  if (rows !== null && !readsNear(tile, rows, () => offsets(window))) return general;
  const uniforms = { ...general.uniforms, ...windowUniforms(shape, window) };
  return { spec: { family: 'pool', op, ...window }, uniforms };
}

/** Returns the plan of a program that loops over the pixels of each window. */
export function generalPoolPlan(op: PoolOp, shape: WindowShape, tile: Tile): PoolPlan {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft } = shape;
  const uniforms = {
    rowGeometry: [filterHeight, strideHeight, padTop],
    columnGeometry: [filterWidth, strideWidth, padLeft],
  };
  return { spec: { family: 'generalPool', op, tile }, uniforms };
}
