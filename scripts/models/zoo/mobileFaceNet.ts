/** MobileFaceNet (Chen et al. 2018), with its PReLU in each of the spellings that graphs have. */
import {
  abs,
  add,
  maximum,
  mul,
  neg,
  prelu,
  relu,
  reshape,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { chain, conv, depthwise, functionNet, type Layer, residual } from './parts.js';
import { BRANCH, GAIN, Weights } from './weights.js';

/** Rows of the paper's table: expansion, channels, blocks, stride of the first block. */
const stages = [
  [2, 64, 5, 2],
  [4, 128, 1, 2],
  [2, 128, 6, 1],
  [4, 128, 1, 2],
  [2, 128, 2, 1],
] as const;

const EMBEDDING = 128;

/** Makes a PReLU with a slope for each channel. */
type PRelu = (w: Weights, channels: number) => Layer;

const slopes = (w: Weights, channels: number) => w.even([1, 1, channels], 0.1, 0.25);

/** The kernel Prelu. */
const byKernel: PRelu = (w, channels) => {
  const slope = slopes(w, channels);
  return (x) => prelu(x, slope) as Tensor4D;
};

/** (1 + a) / 2 * x + (1 - a) / 2 * |x|, with both factors as weights. */
const byAbs: PRelu = (w, channels) => {
  const slope = w.values(channels, 0.1, 0.25);
  const factor = (sign: number) =>
    w.constant(
      slope.map((a) => (1 + sign * a) / 2),
      [1, 1, channels],
    );
  const [even, odd] = [factor(1), factor(-1)];
  return (x) => add(mul(x, even), mul(abs(x), odd));
};

/** relu(x) - a * relu(-x). */
const byRelu: PRelu = (w, channels) => {
  const slope = slopes(w, channels);
  return (x) => sub(relu(x), mul(relu(neg(x)), slope));
};

function bottleneck(
  w: Weights,
  activation: PRelu,
  from: number,
  to: number,
  ratio: number,
  stride: number,
) {
  const expanded = ratio * from;
  const isResidual = stride === 1 && from === to;
  const branch = chain(
    conv(w, from, expanded, { gain: GAIN.linear }),
    activation(w, expanded),
    depthwise(w, expanded, { stride }),
    activation(w, expanded),
    conv(w, expanded, to, { gain: GAIN.relu * (isResidual ? BRANCH : 1) }),
  );
  return isResidual ? residual(branch) : branch;
}

/** Scales each row to length 1. */
function unit(x: Tensor4D) {
  const rows = reshape(x, [-1, EMBEDDING]);
  return mul(rows, rsqrt(maximum(sum(square(rows), 1, true), 1e-12)));
}

function mobileFaceNet(
  name: string,
  activation: PRelu,
  [, height]: readonly number[],
): LoadedModel {
  const w = new Weights(name);
  const layers: Layer[] = [
    conv(w, 3, 64, { size: 3, stride: 2, gain: GAIN.linear }),
    activation(w, 64),
    depthwise(w, 64, {}),
    activation(w, 64),
  ];
  let from = 64;
  for (const [ratio, to, count, stride] of stages) {
    for (let i = 0; i < count; i++) {
      layers.push(bottleneck(w, activation, from, to, ratio, i === 0 ? stride : 1));
      from = to;
    }
  }
  const net = chain(
    ...layers,
    conv(w, from, 512, { gain: GAIN.linear }),
    activation(w, 512),
    // The global depthwise convolution: its filter is as large as its input.
    depthwise(w, 512, { size: height / 16, pad: 'valid' }),
    conv(w, 512, EMBEDDING, { gain: GAIN.linear }),
  );
  return functionNet(w, (x) => [unit(net(x))]);
}

export const mobileFaceNets = {
  'mobilefacenet-prelu': (shape: readonly number[]) =>
    mobileFaceNet('mobilefacenet-prelu', byKernel, shape),
  'mobilefacenet-abs': (shape: readonly number[]) =>
    mobileFaceNet('mobilefacenet-abs', byAbs, shape),
  'mobilefacenet-relu': (shape: readonly number[]) =>
    mobileFaceNet('mobilefacenet-relu', byRelu, shape),
};
