/** ShuffleNetV2 of width 1 (Ma et al. 2018). */
import { concat, maxPool, reshape, split, type Tensor4D, transpose } from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import {
  branches,
  chain,
  conv,
  dense,
  depthwise,
  functionNet,
  globalMeanRows,
  type Layer,
} from './parts.js';
import { GAIN, Weights } from './weights.js';

/** Channels and number of units of each stage. */
const stages = [
  [116, 4],
  [232, 8],
  [464, 4],
] as const;

/** Interleaves both halves of the channels. */
const shuffle: Layer = (x) => {
  const [n, h, w, c] = x.shape;
  return reshape(transpose(reshape(x, [n, h, w, 2, c / 2]), [0, 1, 2, 4, 3]), [n, h, w, c]);
};

function branch(w: Weights, from: number, to: number, stride: number): Layer {
  return chain(
    conv(w, from, to, { activation: 'relu' }),
    depthwise(w, to, { stride }),
    conv(w, to, to, { activation: 'relu', gain: GAIN.linear }),
  );
}

/** Halves height and width. */
function downUnit(w: Weights, from: number, to: number): Layer {
  const half = to / 2;
  const first = chain(
    depthwise(w, from, { stride: 2 }),
    conv(w, from, half, { activation: 'relu', gain: GAIN.linear }),
  );
  return chain(branches(first, branch(w, from, half, 2)), shuffle);
}

function unit(w: Weights, channels: number): Layer {
  const second = branch(w, channels / 2, channels / 2, 1);
  return (x) => {
    const [a, b]: Tensor4D[] = split(x, 2, 3);
    return shuffle(concat([a, second(b)], 3));
  };
}

export function shuffleNetV2(): LoadedModel {
  const w = new Weights('shufflenet-v2');
  const layers: Layer[] = [
    conv(w, 3, 24, { size: 3, stride: 2, activation: 'relu', gain: GAIN.linear }),
    (x) => maxPool(x, 3, 2, 'same'),
  ];
  let from = 24;
  for (const [channels, count] of stages) {
    layers.push(downUnit(w, from, channels));
    for (let i = 1; i < count; i++) layers.push(unit(w, channels));
    from = channels;
  }
  layers.push(conv(w, from, 1024, { activation: 'relu' }));
  const net = chain(...layers);
  const classify = dense(w, 1024, 1000);
  return functionNet(w, (x) => [classify(globalMeanRows(net(x)))]);
}
