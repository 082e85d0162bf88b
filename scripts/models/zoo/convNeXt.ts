/** ConvNeXt-T (Liu et al. 2022). */
import { add, div, erf, mul, type Tensor } from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { layerNorm } from './norm.js';
import {
  chain,
  conv,
  dense,
  depthwise,
  functionNet,
  globalMeanRows,
  type Layer,
  residual,
} from './parts.js';
import { GAIN, Weights } from './weights.js';

/** Channels and number of blocks of each stage. */
const stages = [
  [96, 3],
  [192, 3],
  [384, 9],
  [768, 3],
] as const;

/** The exact GELU: x times the distribution function of a normal distribution. */
const gelu = <T extends Tensor>(x: T): T => mul(mul(x, 0.5), add(erf(div(x, Math.SQRT2)), 1));

function block(w: Weights, channels: number): Layer {
  const scale = w.even([channels], 0.05, 0.25);
  return residual(
    chain(
      depthwise(w, channels, { size: 7, gain: GAIN.linear }),
      layerNorm(w, channels),
      dense(w, channels, 4 * channels, GAIN.linear),
      gelu,
      dense(w, 4 * channels, channels, GAIN.gelu),
      (x) => mul(x, scale),
    ),
  );
}

export function convNeXtT(): LoadedModel {
  const w = new Weights('convnext-t');
  const layers: Layer[] = [];
  let from = 3;
  for (const [i, [channels, count]] of stages.entries()) {
    const size = i === 0 ? 4 : 2;
    const down = conv(w, from, channels, { size, stride: size, pad: 'valid', gain: GAIN.linear });
    layers.push(...(i === 0 ? [down, layerNorm(w, channels)] : [layerNorm(w, from), down]));
    for (let j = 0; j < count; j++) layers.push(block(w, channels));
    from = channels;
  }
  const net = chain(...layers);
  const norm = layerNorm(w, from);
  const classify = dense(w, from, 1000, GAIN.linear);
  return functionNet(w, (x) => [classify(norm(globalMeanRows(net(x))))]);
}
