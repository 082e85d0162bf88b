/** U-Net (Ronneberger et al. 2015), with two ways up. */
import {
  add,
  concat,
  conv2d,
  conv2dTranspose,
  image,
  leakyRelu,
  maxPool,
  type Rank,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { instanceNorm } from './norm.js';
import { chain, conv, functionNet, type Layer } from './parts.js';
import { GAIN, Weights } from './weights.js';

const CHANNELS = [32, 64, 128, 256, 512] as const;
const CLASSES = 2;

interface Ways {
  /** Two convolutions with their activations. */
  readonly double: (from: number, to: number) => Layer;
  /** Layer that doubles height and width. */
  readonly up: (from: number, to: number) => Layer;
}

function uNet(w: Weights, { double, up }: Ways): LoadedModel {
  const downs = CHANNELS.map((channels, i) => double(i === 0 ? 3 : CHANNELS[i - 1], channels));
  const ups = CHANNELS.slice(0, -1).map((channels, i) => ({
    up: up(CHANNELS[i + 1], channels),
    double: double(2 * channels, channels),
  }));
  const head = conv(w, CHANNELS[0], CLASSES);
  const level = (x: Tensor4D, i: number): Tensor4D => {
    const here = downs[i](x);
    if (i === ups.length) return here;
    const below = level(maxPool(here, 2, 2, 'same'), i + 1);
    return ups[i].double(concat([here, ups[i].up(below)], 3));
  };
  return functionNet(w, (x) => [head(level(x, 0))]);
}

/** U-Net whose way up are transposed convolutions of 2x2. */
export function uNetTransposed(): LoadedModel {
  const w = new Weights('unet-transposed');
  return uNet(w, {
    double: (from, to) =>
      chain(
        conv(w, from, to, { size: 3, activation: 'relu' }),
        conv(w, to, to, { size: 3, activation: 'relu' }),
      ),
    up(from, to) {
      const filter = w.filter<Rank.R4>([2, 2, to, from], from, GAIN.relu);
      const bias = w.bias(to);
      return (x) => {
        const [n, height, width] = x.shape;
        const shape: [number, number, number, number] = [n, 2 * height, 2 * width, to];
        return add(conv2dTranspose(x, filter, shape, 2, 'same'), bias);
      };
    },
  });
}

const LEAK = 0.01;

/** U-Net with instance norm whose way up are bilinear resizes. */
export function uNetResized(): LoadedModel {
  const w = new Weights('unet-resized');
  const normalized = (from: number, to: number): Layer => {
    const filter = w.filter<Rank.R4>([3, 3, from, to], 9 * from, GAIN.relu);
    const norm = instanceNorm(w, to);
    return (x) => leakyRelu(norm(conv2d(x, filter, 1, 'same')), LEAK);
  };
  return uNet(w, {
    double: (from, to) => chain(normalized(from, to), normalized(to, to)),
    up: (from, to) =>
      chain(
        (x) => image.resizeBilinear(x, [2 * x.shape[1], 2 * x.shape[2]], false, true),
        conv(w, from, to, { size: 3 }),
      ),
  });
}
