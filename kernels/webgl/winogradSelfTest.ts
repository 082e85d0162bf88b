/** Known-answer test of the Winograd programs on this device, which runs before their first use. */
import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import { type ConvShape, convShape } from '../shape/convShape.js';
import { defaultLeakyreluAlpha, type Fusion } from '../shape/fused.js';
import { executePlan } from './drawPlan.js';
import type { Plan } from './plan.js';
import { knownAnswerOf, mismatch } from './programs/knownAnswer.js';
import { modulo } from './programs/source.js';
import { fusionSteps } from './programs/steps.js';
import { STEP_OPERAND } from './programs/stepValues.js';
import type { TileRunner } from './runner.js';
import { convPlans } from './variants.js';
import { LEAST_CHANNELS } from './winograd.js';

/**
 * Returns the fault of a plan's variant; null if it has none. The test is a small convolution that
 * runs the plan's programs.
 */
export function winogradFault(
  runner: TileRunner,
  plan: Plan,
  shape: ConvShape,
  fusion: Fusion,
): string | null {
  return runner.faultOf(plan.variant, () => test(runner, plan, shape, fusion));
}

function test(runner: TileRunner, plan: Plan, shape: ConvShape, fusion: Fusion): string | null {
  const { variant, inTile, outTile } = plan;
  const padTop = modulo(shape.padTop, inTile.h);
  const padLeft = modulo(shape.padLeft, inTile.w);
  // Makes the channels end inside a slice.
  const channels = LEAST_CHANNELS + 3;
  const proof = knownAnswerOf({ ...shape, padTop, padLeft }, inTile, outTile, channels);
  const { inShape, outShape, outChannels } = proof.shape;
  const filterShape = [3, 3, channels, outChannels];
  const below = outShape[1] + 2 - inShape[1] - padTop;
  const right = outShape[2] + 2 - inShape[2] - padLeft;
  const small = convShape('conv2d', inShape, filterShape, {
    strides: 1,
    pad: [
      [0, 0],
      [padTop, below],
      [padLeft, right],
      [0, 0],
    ],
  });
  const plans = convPlans(small, fusion, runner.limits, inTile);
  const own = plans.find((candidate) => candidate.variant === variant);
  if (own === undefined) throw new NeedsFallback('the device has refused so many targets since');
  const made: TensorInfo[] = [];
  const tensor = (of: readonly number[], values: Float32Array) => {
    const info = runner.makeTensorInfo([...of], 'float32', values);
    made.push(info);
    return info;
  };
  const perChannel = () => tensor([outChannels], new Float32Array(outChannels).fill(STEP_OPERAND));
  try {
    const y = executePlan(runner, small, own, {
      x: tensor(inShape, proof.x),
      filter: tensor(filterShape, proof.filter),
      ...(fusion.bias ? { bias: perChannel() } : {}),
      ...(fusion.activation === 'prelu' ? { slope: perChannel() } : {}),
      alpha: defaultLeakyreluAlpha,
    });
    made.push(y);
    const answer = runner.backend.readSync(y.dataId) as TypedArray;
    return mismatch(proof, fusionSteps(fusion), () => defaultLeakyreluAlpha, answer);
  } finally {
    for (const info of made) runner.disposeIntermediateTensorInfo(info);
  }
}
