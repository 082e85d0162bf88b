/** From a checked shape to the first variant that computes it. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Extent, extentOf, type Tile } from '../../src/layout/tile.js';
import {
  type Operand,
  type Output,
  StepDown,
  type TileRunner,
  VariantRefusal,
} from '../../src/runner.js';
import type { ConvShape } from '../../src/shape/convShape.js';
import type { FusedActivation } from '../../src/shape/fused.js';
import { outputIn } from './output.js';
import { stepName } from './programs/epilogue.js';
import type { ConvSpec } from './programs/index.js';
import { convPlans, type Plan } from './variants.js';
import { withProducts } from './winograd.js';

/** The tensors of a convolution; bias and slope have one value per output channel. */
export interface ConvOperands {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly slope?: TensorInfo;
  readonly activation: FusedActivation;
  /** Slope of leakyrelu. */
  readonly alpha?: number;
  /** Whether the filter is taken turned by 180 degrees, with its channel axes swapped. */
  readonly turned?: boolean;
  /** The result's shape, of as many values, where it is not that of the convolution. */
  readonly resultShape?: readonly number[];
}

const onePixel = { w: 1, h: 1, c: 1 } as const;

/**
 * Computes activation(conv(x, filter) + bias). Tries the variants in the order of
 * their estimated cost, one that was measured to be best before them.
 * @throws StepDown where no variant works on this device, VariantRefusal where the forced one
 *   does not.
 */
export function convolve(
  runner: TileRunner,
  kernelName: string,
  shape: ConvShape,
  operands: ConvOperands,
): TensorInfo {
  const { activation, bias, x } = operands;
  if (sumsNothing(shape)) {
    const size = shape.outShape.reduce((a, b) => a * b);
    return runner.makeTensorInfo([...shape.outShape], 'float32', new Float32Array(size));
  }
  const residence = runner.residence(x);
  const resident = residence?.format === shape.dataFormat ? residence.layout.tile : null;
  const fusion = { activation, bias: bias !== undefined };
  const estimated = convPlans(shape, fusion, runner.limits, resident);
  const forced = runner.forcedVariant;
  const plans =
    forced === null
      ? (runner.tuning?.order(estimated, shape, fusion, resident) ?? estimated)
      : estimated.filter(({ variant }) => variant === forced);
  for (const [rank, plan] of plans.entries()) {
    try {
      const fault = runner.faultOf(plan.variant);
      if (fault !== null) throw new StepDown(fault);
      // They have no test of their own.
      if (plan.winograd !== undefined && runner.hasFault) {
        throw new StepDown('another variant computes wrongly on this device');
      }
      const origin = { kernelName, variant: plan.variant, layer: operands.filter, geometry: shape };
      return drawn(runner, shape, plan, operands, (spec, tensors, uniforms, output) =>
        runner.defer(spec, tensors, uniforms, output, origin),
      );
    } catch (error) {
      if (!(error instanceof StepDown)) throw error;
      if (forced !== null) throw new VariantRefusal(`${forced}: ${error.message}`);
      if (rank === plans.length - 1) throw error;
      runner.stepDown(kernelName, plan.variant, plans[rank + 1].variant, error.message);
    }
  }
  if (forced !== null) throw new VariantRefusal(`${forced} does not take this convolution`);
  throw new StepDown('no variant takes this convolution');
}

/**
 * Computes a convolution by one plan.
 * @throws StepDown where that does not work on this device
 */
export function executePlan(
  runner: TileRunner,
  shape: ConvShape,
  plan: Plan,
  operands: ConvTensors,
): TensorInfo {
  return drawn(runner, shape, plan, operands, (spec, tensors, uniforms, output) =>
    runner.run(spec, tensors, uniforms, output),
  );
}

type ConvTensors = Omit<ConvOperands, 'activation'>;

/** What `draw` makes of a plan. Products of a Winograd convolution are given back: it cannot wait. */
function drawn(
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
  const transformed = runner.winogradFilter(operands.filter, operands.turned);
  return runner.now(() =>
    withProducts(runner, winograd, tensors.x, transformed, (m) =>
      draw(spec, { m, ...tensors }, uniforms, output),
    ),
  );
}

/** What the runner has to draw for a plan. */
function drawOf(
  runner: TileRunner,
  shape: ConvShape,
  { spec, inTile, outTile, uniforms }: Plan,
  { x, filter, bias, slope, alpha, turned, resultShape }: ConvTensors,
) {
  const { dataFormat, outShape } = shape;
  const inTiles = outputIn(runner, outShape, dataFormat, outTile);
  const output = resultShape === undefined ? inTiles : { ...inTiles, shape: resultShape };
  const tensors: Record<string, Operand> = {
    x: runner.tiles(x, extentOf(x.shape, dataFormat), dataFormat, inTile),
    weights: weights(runner, shape, inTile, outTile, filter, turned),
  };
  // The steps of fusionSteps: a bias, then the activation.
  const channels = channelExtent(shape.outChannels);
  for (const [index, tensor] of [bias, slope].filter((t) => t !== undefined).entries()) {
    tensors[stepName(index)] = runner.tiles(tensor, channels, 'NHWC', onePixel);
  }
  const activation = stepName(bias ? 1 : 0, 'Alpha');
  const all = alpha === undefined ? uniforms : { ...uniforms, [activation]: alpha };
  return { spec, tensors, uniforms: all, output };
}

function weights(
  runner: TileRunner,
  shape: ConvShape,
  inTile: Tile,
  outTile: Tile,
  filter: TensorInfo,
  turned?: boolean,
): Operand {
  if (shape.kernel === 'conv2d') return runner.filter(filter, inTile.c, outTile.c, turned);
  const { filterHeight, filterWidth, outChannels } = shape;
  const extent = { batch: 1, height: filterHeight, width: filterWidth, channels: outChannels };
  return runner.tiles(filter, extent, 'NHWC', onePixel);
}

/**
 * Whether the output has no elements, or each is a sum of no products. Such a
 * convolution is zero before bias and activation, which the caller has to add.
 */
export function sumsNothing({ inShape, outShape, filterHeight, filterWidth }: ConvShape): boolean {
  return inShape.includes(0) || outShape.includes(0) || filterHeight * filterWidth === 0;
}

/** A tensor with one value a channel, as a tensor of one pixel. */
export function channelExtent(channels: number): Extent {
  return { batch: 1, height: 1, width: 1, channels };
}
