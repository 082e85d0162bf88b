/** Computation of a convolution by one given plan, which need not be the best one. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvShape } from '../shape/convShape.js';
import { type Extent, extentOf } from './layout/tile.js';
import { outputIn } from './output.js';
import type { Plan } from './plan.js';
import { depthwisePacking } from './programs/depthwise.js';
import type { ConvSpec } from './programs/index.js';
import { stepName } from './programs/steps.js';
import type { Operand, Output, TileRunner } from './runner.js';
import { withProducts } from './winograd.js';

/** The tensors of a convolution; bias and slope have one value per output channel. */
export interface ConvTensors {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly slope?: TensorInfo;
  /** Slope of leakyrelu. */
  readonly alpha?: number;
  /** True if the filter is rotated by 180 degrees and its channel axes are swapped. */
  readonly flipped?: boolean;
  /** Shape of the result, with as many values, if it differs from the convolution's shape. */
  readonly resultShape?: readonly number[];
}

const onePixel = { w: 1, h: 1, c: 1 } as const;

/**
 * Computes a convolution by one plan.
 * @throws NeedsFallback if the plan does not work on this device
 */
export function executePlan(
  runner: TileRunner,
  shape: ConvShape,
  plan: Plan,
  operands: ConvTensors,
): TensorInfo {
  return drawPlan(runner, shape, plan, operands, (spec, tensors, uniforms, output) =>
    runner.run(spec, tensors, uniforms, output),
  );
}

/**
 * Calls `draw` for a plan and returns its result. The draw of a Winograd convolution cannot be
 * deferred, because its products are released afterwards.
 * @throws NeedsFallback if the plan does not work on this device
 */
export function drawPlan(
  runner: TileRunner,
  shape: ConvShape,
  plan: Plan,
  operands: ConvTensors,
  draw: (
    spec: ConvSpec,
    tensors: Readonly<Record<string, Operand>>,
    uniforms: Plan['uniforms'],
    output: Output,
  ) => TensorInfo,
): TensorInfo {
  const { spec, tensors, uniforms, output } = drawOf(runner, shape, plan, operands);
  const { winograd } = plan;
  if (winograd === undefined) return draw(spec, tensors, uniforms, output);
  const transformed = runner.winogradFilter(operands.filter, operands.flipped);
  return runner.undeferred(() =>
    withProducts(runner, winograd, tensors.x, transformed, (m) =>
      draw(spec, { m, ...tensors }, uniforms, output),
    ),
  );
}

/** Returns the program, operands, uniforms and output that the runner draws for a plan. */
function drawOf(
  runner: TileRunner,
  shape: ConvShape,
  plan: Plan,
  { x, filter, bias, slope, alpha, flipped, resultShape }: ConvTensors,
) {
  const { spec, inTile, outTile, uniforms } = plan;
  const { dataFormat, outShape } = shape;
  const inTiles = outputIn(runner, outShape, dataFormat, outTile);
  const output = resultShape === undefined ? inTiles : { ...inTiles, shape: resultShape };
  const tensors: Record<string, Operand> = {
    x: runner.tiles(x, extentOf(x.shape, dataFormat), dataFormat, inTile),
    weights: weights(runner, shape, plan, { filter, bias, flipped }),
  };
  // In the order of fusionSteps: a bias, then the activation.
  const step = isBiased(spec) ? undefined : bias;
  const channels = channelExtent(shape.outChannels);
  for (const [index, tensor] of [step, slope].filter((t) => t !== undefined).entries()) {
    tensors[stepName(index)] = runner.tiles(tensor, channels, 'NHWC', onePixel);
  }
  const activation = stepName(step ? 1 : 0, 'Alpha');
  const all = alpha === undefined ? uniforms : { ...uniforms, [activation]: alpha };
  return { spec, tensors, uniforms: all, output };
}

function weights(
  runner: TileRunner,
  shape: ConvShape,
  { spec, inTile, outTile }: Plan,
  { filter, bias, flipped }: Pick<ConvTensors, 'filter' | 'bias' | 'flipped'>,
): Operand {
  if (shape.kernel !== 'depthwiseConv2d') {
    const block = 'block' in spec ? spec.block : undefined;
    const packing = { inTileSlices: inTile.c, outTileSlices: outTile.c, block, flipped };
    return runner.filter(filter, packing);
  }
  const packing = spec.family === 'depthwise' ? depthwisePacking(spec) : null;
  if (packing !== null) {
    return runner.depthwiseBlock(filter, packing, packing.biased ? bias : undefined);
  }
  const { filterHeight, filterWidth, outChannels } = shape;
  const extent = { batch: 1, height: filterHeight, width: filterWidth, channels: outChannels };
  return runner.tiles(filter, extent, 'NHWC', onePixel);
}

/** True if the program finds the bias in the block of its weights. */
function isBiased(spec: ConvSpec): boolean {
  return spec.family === 'depthwise' && spec.biased === true;
}

/** Returns the extent of a tensor with one value per channel, as a tensor of one pixel. */
function channelExtent(channels: number): Extent {
  return { batch: 1, height: 1, width: 1, channels };
}
