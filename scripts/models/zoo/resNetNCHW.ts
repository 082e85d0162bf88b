/**
 * ResNet-18 (He et al. 2015) as a converter writes it that keeps the layout of ONNX: tensors
 * [n, c, h, w], padded in that layout, and a transpose before and after each convolution and pool.
 */
import {
  add,
  conv2d,
  matMul,
  maxPool,
  mean,
  pad,
  type Rank,
  relu,
  reshape,
  type Tensor2D,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { chain, functionNet, type Layer } from './parts.js';
import { BRANCH, GAIN, Weights } from './weights.js';

const CHANNELS = [64, 128, 256, 512] as const;

/** Smallest float32, with which max pools are padded. */
const LOWEST = -3.4028234663852886e38;

const padded = (pixels: number, value = 0): Layer =>
  pixels === 0
    ? (x) => x
    : (x) =>
        pad(
          x,
          [
            [0, 0],
            [0, 0],
            [pixels, pixels],
            [pixels, pixels],
          ],
          value,
        );

/** Runs a layer of [n, h, w, c] on [n, c, h, w]. */
const between = (layer: Layer): Layer =>
  chain(
    (x) => transpose(x, [0, 2, 3, 1]),
    layer,
    (x) => transpose(x, [0, 3, 1, 2]),
  );

function conv(
  w: Weights,
  from: number,
  to: number,
  size: number,
  stride: number,
  gain: number,
): Layer {
  const filter = w.filter<Rank.R4>([size, size, from, to], size * size * from, gain);
  const bias = w.even<Rank.R4>([1, to, 1, 1], 0.1);
  return chain(
    padded(size >> 1),
    between((x) => conv2d(x, filter, stride, 'valid')),
    (x) => add(x, bias),
  );
}

function block(w: Weights, from: number, to: number, stride: number): Layer {
  const branch = chain(
    conv(w, from, to, 3, stride, GAIN.relu),
    (x) => relu(x),
    conv(w, to, to, 3, 1, GAIN.relu * BRANCH),
  );
  const shortcut: Layer = from === to ? (x) => x : conv(w, from, to, 1, stride, GAIN.relu);
  return (x) => relu(add(branch(x), shortcut(x)));
}

export function resNet18NCHW(): LoadedModel {
  const w = new Weights('resnet-18-nchw');
  const layers: Layer[] = [
    conv(w, 3, 64, 7, 2, GAIN.linear),
    (x) => relu(x),
    padded(1, LOWEST),
    between((x) => maxPool(x, 3, 2, 'valid')),
  ];
  let from = 64;
  for (const [i, channels] of CHANNELS.entries()) {
    layers.push(block(w, from, channels, i === 0 ? 1 : 2), block(w, channels, channels, 1));
    from = channels;
  }
  const net = chain(...layers);
  const matrix = w.filter<Rank.R2>([1000, from], from, GAIN.relu);
  const bias = w.bias(1000);
  return functionNet(w, (x) => {
    const pooled: Tensor2D = reshape(mean(net(x), [2, 3], true), [-1, from]);
    return [add(matMul(pooled, matrix, false, true), bias)];
  });
}
