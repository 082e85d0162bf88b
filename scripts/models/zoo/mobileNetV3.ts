/** MobileNetV3-small (Howard et al. 2019). */
import { relu, reshape } from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import {
  chain,
  conv,
  depthwise,
  functionNet,
  GATED,
  globalMean,
  hardSigmoid,
  hardSwish,
  type Layer,
  residual,
  squeezeExcite,
} from './parts.js';
import { BRANCH, GAIN, Weights } from './weights.js';

interface Block {
  readonly size: number;
  readonly expanded: number;
  readonly to: number;
  readonly isSqueezed: boolean;
  /** True for hard-swish, false for relu. */
  readonly isSwish: boolean;
  readonly stride: number;
}

const block = (
  size: number,
  expanded: number,
  to: number,
  [isSqueezed, isSwish]: readonly [boolean, boolean],
  stride = 1,
): Block => ({ size, expanded, to, isSqueezed, isSwish, stride });

const blocks: readonly Block[] = [
  block(3, 16, 16, [true, false], 2),
  block(3, 72, 24, [false, false], 2),
  block(3, 88, 24, [false, false]),
  block(5, 96, 40, [true, true], 2),
  block(5, 240, 40, [true, true]),
  block(5, 240, 40, [true, true]),
  block(5, 120, 48, [true, true]),
  block(5, 144, 48, [true, true]),
  block(5, 288, 96, [true, true], 2),
  block(5, 576, 96, [true, true]),
  block(5, 576, 96, [true, true]),
];

/** Multiple of 8 next to a quarter of the channels. */
const squeezedOf = (channels: number) => Math.max(8, Math.floor((channels / 4 + 4) / 8) * 8);

function bottleneck(w: Weights, from: number, of: Block): Layer {
  const { size, expanded, to, isSqueezed, isSwish, stride } = of;
  const gain = isSwish ? GAIN.silu : GAIN.relu;
  const activated = (layer: (activation?: 'relu') => Layer) =>
    isSwish ? chain(layer(), hardSwish) : layer('relu');
  const isResidual = stride === 1 && from === to;
  const branch = chain(
    ...(expanded === from
      ? []
      : [activated((activation) => conv(w, from, expanded, { activation, gain: GAIN.linear }))]),
    activated((activation) => depthwise(w, expanded, { size, stride, activation, gain })),
    ...(isSqueezed ? [squeezeExcite(w, expanded, squeezedOf(expanded), relu, hardSigmoid)] : []),
    conv(w, expanded, to, { gain: gain * (isSqueezed ? GATED : 1) * (isResidual ? BRANCH : 1) }),
  );
  return isResidual ? residual(branch) : branch;
}

export function mobileNetV3Small(): LoadedModel {
  const w = new Weights('mobilenet-v3-small');
  const stem = conv(w, 3, 16, { size: 3, stride: 2, gain: GAIN.linear });
  const body = blocks.map((of, i) => bottleneck(w, i === 0 ? 16 : blocks[i - 1].to, of));
  const swished = (from: number, to: number, gain: number) =>
    chain(conv(w, from, to, { gain }), hardSwish);
  const net = chain(
    stem,
    hardSwish,
    ...body,
    swished(96, 576, GAIN.linear),
    globalMean,
    swished(576, 1024, GAIN.silu),
    conv(w, 1024, 1000, { gain: GAIN.silu }),
  );
  return functionNet(w, (x) => [reshape(net(x), [1, 1000])]);
}
