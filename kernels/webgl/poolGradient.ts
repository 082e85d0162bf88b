/**
 * MaxPoolGrad and AvgPoolGrad. Stock divides the gradient of a mean by the size of the filter also where a
 * window reaches outside the input, and ignores the last windows of sizes that were rounded up.
 */
import {
  AvgPoolGrad,
  type MaxPoolAttrs,
  MaxPoolGrad,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import {
  type PoolGradient,
  type PoolGradientOp,
  poolGradient,
  writePoolGradient,
} from '../shape/poolGradient.js';
import { exchanged, rowOf } from './columns.js';
import type { Tile } from './layout/tile.js';
import { EXACT } from './moves.js';
import { outputIn } from './output.js';
import { generalPoolPlan, poolPlan } from './pool.js';
import type { TiledKernel, TileRunner } from './runner.js';
import { kernelWithoutStock, usualTile } from './withoutStock.js';

export const poolGradientKernels: readonly TiledKernel[] = [
  gradientKernel(MaxPoolGrad, 'max'),
  gradientKernel(AvgPoolGrad, 'avg'),
];

type Inputs = Readonly<Record<'input' | 'dy', TensorInfo>>;

function gradientKernel(kernelName: string, op: PoolGradientOp): TiledKernel {
  return kernelWithoutStock<Inputs, MaxPoolAttrs>(kernelName, ({ input, dy }, attrs) => {
    const gradient = poolGradient(kernelName, { input, dy }, attrs);
    return {
      inputs: op === 'max' ? [dy, input] : [dy],
      shape: input.shape,
      draw: (runner) => drawn(runner, op, gradient, input, dy),
      write: ([values, x = null], dx) => writePoolGradient(gradient, values, x, dx),
    };
  });
}

/** Draws the gradient in the tile of the input, from dy in whatever tile it is in. */
function drawn(
  runner: TileRunner,
  op: PoolGradientOp,
  g: PoolGradient,
  input: TensorInfo,
  dy: TensorInfo,
): TensorInfo {
  const isRow =
    g.width === 1 && g.outWidth === 1 && [input, dy].some((x) => rowOf(runner, x) !== null);
  const shapeOf = (height: number, width: number) =>
    isRow ? [g.batch, width, height, g.channels] : [g.batch, height, width, g.channels];
  const tileOf = (x: TensorInfo): Tile | undefined => {
    const placement = isRow ? rowOf(runner, x) : runner.placementOf(x);
    return placement?.format === 'NHWC' ? placement.layout.tile : undefined;
  };
  const tile = tileOf(input) ?? tileOf(dy) ?? usualTile;
  const dyTile = tileOf(dy) ?? tile;
  const output = outputIn(runner, shapeOf(g.height, g.width), 'NHWC', tile);
  const pooled = outputIn(runner, shapeOf(g.outHeight, g.outWidth), 'NHWC', tile);
  const result = { ...output, shape: input.shape };
  const sizes = { ...g, dilationHeight: 1, dilationWidth: 1 };
  const windows = isRow ? exchanged(sizes) : sizes;
  const { uniforms } = generalPoolPlan(op, windows, tile);
  const spec = { family: 'poolGradient', op, in: dyTile, out: tile } as const;
  const operand = runner.tiles(dy, pooled.layout, 'NHWC', dyTile);
  if (op === 'avg') return runner.run(spec, { dy: operand }, uniforms, result);
  const positions = g.filterHeight * g.filterWidth;
  if (positions > EXACT[runner.limits.precision]) {
    throw new NeedsFallback(`its planes cannot hold ${positions} positions exactly`);
  }
  const plan = poolPlan('position', windows, tile, output.layout);
  const x = runner.tiles(input, output.layout, 'NHWC', tile);
  const position = runner.run(plan.spec, { x }, plan.uniforms, pooled);
  const operands = { dy: operand, position: runner.tiles(position, pooled.layout, 'NHWC', tile) };
  const dx = runner.run({ ...spec, positions: tile }, operands, uniforms, result);
  runner.disposeIntermediateTensorInfo(position);
  return dx;
}
