/** Computation of a checked convolution by the first variant that works. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { NeedsFallback, VariantRefusal } from '../errors.js';
import type { ConvShape } from '../shape/convShape.js';
import type { FusedActivation } from '../shape/fused.js';
import { unpaddedShape } from '../shape/unpadded.js';
import { type ConvTensors, drawPlan } from './drawPlan.js';
import { unpadded } from './pad.js';
import type { TileRunner } from './runner.js';
import { convPlans } from './variants.js';
import { winogradFault } from './winogradSelfTest.js';

export interface ConvOperands extends ConvTensors {
  readonly activation: FusedActivation;
}

/**
 * Computes activation(conv(x, filter) + bias). Tries the variants in the order of their estimated
 * cost, but starts with the variant that was measured to be best, if there is one. If
 * `sumsNothing(shape)`, returns zeros without bias and activation, which the caller has to apply.
 * @throws NeedsFallback if no variant works on this device
 * @throws VariantRefusal if the forced variant does not work
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
  const placement = runner.placementOf(x);
  const isInOrder = placement?.format === shape.dataFormat;
  const before = isInOrder ? unpadded(runner, x) : null;
  if (before !== null) {
    const { x, top, left } = before;
    const own = unpaddedShape(shape, x.shape, top, left);
    return convolve(runner, kernelName, own, { ...operands, x });
  }
  const resident = isInOrder ? placement.layout.tile : null;
  const fusion = { activation, bias: bias !== undefined };
  const limits = runner.limitsFor(weightsInBlock(shape, operands));
  const estimated = convPlans(shape, fusion, limits, resident);
  const forced = runner.forcedVariant;
  const plans =
    forced === null
      ? (runner.tuning?.order(estimated, shape, fusion, resident) ?? estimated)
      : estimated.filter(({ variant }) => variant === forced);
  for (const [rank, plan] of plans.entries()) {
    try {
      const isWinograd = plan.winograd !== undefined;
      const fault = isWinograd
        ? winogradFault(runner, plan, shape, fusion)
        : runner.faultOf(plan.variant);
      if (fault !== null) throw new NeedsFallback(fault);
      const origin = { kernelName, variant: plan.variant, layer: operands.filter, geometry: shape };
      return drawPlan(runner, shape, plan, operands, (spec, tensors, uniforms, output) =>
        runner.defer(spec, tensors, uniforms, output, origin),
      );
    } catch (error) {
      if (!(error instanceof NeedsFallback)) throw error;
      if (forced !== null) throw new VariantRefusal(`${forced}: ${error.message}`);
      if (rank === plans.length - 1) throw error;
      runner.stepDown(kernelName, plan.variant, plans[rank + 1].variant, error.message);
    }
  }
  if (forced !== null) throw new VariantRefusal(`${forced} does not take this convolution`);
  throw new NeedsFallback('no variant takes this convolution');
}

/** Returns the tensors that a variant with a uniform block of weights would have there. */
function weightsInBlock({ kernel }: ConvShape, { filter, bias }: ConvTensors): TensorInfo[] {
  return kernel === 'depthwiseConv2d' && bias !== undefined ? [filter, bias] : [filter];
}

/**
 * True if the output has no elements, or if each element is a sum of no products. Such a
 * convolution is zero before bias and activation.
 */
export function sumsNothing({ inShape, outShape, filterHeight, filterWidth }: ConvShape): boolean {
  return inShape.includes(0) || outShape.includes(0) || filterHeight * filterWidth === 0;
}
