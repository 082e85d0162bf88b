/** Gradient of a depthwise conv2d with respect to its input. */
import {
  backend_util,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type DepthwiseConv2dNativeBackpropInputInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import {
  type DepthwiseShape,
  depthwiseTransposed,
  depthwiseTransposedPlans,
} from './depthwiseTransposed.js';
import { depthwiseTransposedFault } from './depthwiseTransposedSelfTest.js';
import { tiledKernel } from './fallback.js';
import type { TileRunner } from './runner.js';

/** Computes a tensor of `inputShape` from dy [batch, outHeight, outWidth, channels*multiplier]. */
export const depthwiseConv2dNativeBackpropInputKernel = tiledKernel<
  DepthwiseConv2dNativeBackpropInputInputs,
  DepthwiseConv2dNativeBackpropInputAttrs
>(DepthwiseConv2dNativeBackpropInput, (runner, { dy, filter }, attrs) => {
  const { inputShape, strides, dilations, pad, dimRoundingMode } = attrs;
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const { padInfo, dilationHeight, dilationWidth } = info;
  const isUsual =
    [dy, filter].every(({ dtype }) => dtype === 'float32') &&
    util.arraysEqual(dy.shape, info.outShape) &&
    filter.shape[2] === info.inChannels &&
    [dy.shape, filter.shape, inputShape].every((shape) => util.sizeFromShape(shape) > 0) &&
    dilationHeight === 1 &&
    dilationWidth === 1 &&
    [padInfo.top, padInfo.left].every(Number.isInteger);
  if (!isUsual) return null;
  return gradient(runner, dy, filter, {
    ...info,
    padTop: padInfo.top,
    padLeft: padInfo.left,
    inShape: inputShape,
    channelMultiplier: filter.shape[3],
  });
});

/**
 * Draws the gradient by the first plan that works.
 * @throws NeedsFallback if none does
 */
function gradient(
  runner: TileRunner,
  dy: TensorInfo,
  filter: TensorInfo,
  shape: DepthwiseShape,
): TensorInfo {
  const placement = runner.placementOf(dy);
  const resident = placement?.format === 'NHWC' ? placement.layout.tile : null;
  const plans = depthwiseTransposedPlans(shape, runner.limits, resident);
  for (const [rank, plan] of plans.entries()) {
    try {
      const fault = depthwiseTransposedFault(runner, plan, shape);
      if (fault !== null) throw new NeedsFallback(fault);
      return depthwiseTransposed(runner, plan, shape, dy, filter);
    } catch (error) {
      if (!(error instanceof NeedsFallback) || rank === plans.length - 1) throw error;
      runner.stepDown(
        DepthwiseConv2dNativeBackpropInput,
        plan.name,
        plans[rank + 1].name,
        error.message,
      );
    }
  }
  throw new NeedsFallback('no plan takes this gradient');
}
