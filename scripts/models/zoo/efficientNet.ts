/** EfficientNet-B0 (Tan and Le 2019), with the explicit padding of Keras in front of strides. */
import { pad, sigmoid } from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import {
  chain,
  conv,
  dense,
  depthwise,
  functionNet,
  GATED,
  globalMeanRows,
  type Layer,
  residual,
  silu,
  squeezeExcite,
} from './parts.js';
import { BRANCH, GAIN, Weights } from './weights.js';

/** Rows of the paper's table: filter size, expansion, channels, blocks, stride of the first block. */
const stages = [
  [3, 1, 16, 1, 1],
  [3, 6, 24, 2, 2],
  [5, 6, 40, 2, 2],
  [3, 6, 80, 3, 2],
  [5, 6, 112, 3, 1],
  [5, 6, 192, 4, 2],
  [3, 6, 320, 1, 1],
] as const;

/** Pads in front of a filter of this size and stride 2, which then pads nothing itself. */
function padForStride(size: number): Layer {
  const after = size >> 1;
  return (x) => {
    const before = x.shape.map((length) => after - 1 + (length % 2));
    return pad(x, [
      [0, 0],
      [before[1], after],
      [before[2], after],
      [0, 0],
    ]);
  };
}

function block(
  w: Weights,
  size: number,
  ratio: number,
  from: number,
  to: number,
  stride: number,
): Layer {
  const expanded = ratio * from;
  const isResidual = stride === 1 && from === to;
  const strided =
    stride === 1
      ? depthwise(w, expanded, { size, gain: GAIN.silu })
      : chain(
          padForStride(size),
          depthwise(w, expanded, { size, stride, pad: 'valid', gain: GAIN.silu }),
        );
  const branch = chain(
    ...(ratio === 1 ? [] : [conv(w, from, expanded, { gain: GAIN.linear }), silu]),
    strided,
    silu,
    squeezeExcite(w, expanded, Math.max(1, from >> 2), silu, sigmoid),
    conv(w, expanded, to, { gain: GAIN.silu * GATED * (isResidual ? BRANCH : 1) }),
  );
  return isResidual ? residual(branch) : branch;
}

export function efficientNetB0(): LoadedModel {
  const w = new Weights('efficientnet-b0');
  const layers: Layer[] = [
    padForStride(3),
    conv(w, 3, 32, { size: 3, stride: 2, pad: 'valid', gain: GAIN.linear }),
    silu,
  ];
  let from = 32;
  for (const [size, ratio, to, count, stride] of stages) {
    for (let i = 0; i < count; i++) {
      layers.push(block(w, size, ratio, from, to, i === 0 ? stride : 1));
      from = to;
    }
  }
  layers.push(conv(w, from, 1280, { gain: GAIN.linear }), silu);
  const net = chain(...layers);
  const classify = dense(w, 1280, 1000, GAIN.silu);
  return functionNet(w, (x) => [classify(globalMeanRows(net(x)))]);
}
