/** Fast style transfer (Johnson et al. 2016), with nearest upsampling against chequered patterns. */
import { conv2d, image, mirrorPad, mul, type Rank, relu, tanh } from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { instanceNorm } from './norm.js';
import { chain, functionNet, type Layer, residual } from './parts.js';
import { BRANCH, GAIN, Weights } from './weights.js';

function reflectPad(pixels: number): Layer {
  if (pixels === 0) return (x) => x;
  const both: [number, number] = [pixels, pixels];
  return (x) => mirrorPad(x, [[0, 0], both, both, [0, 0]], 'reflect');
}

/** A convolution of a picture that is continued by its mirror image. */
function mirrored(w: Weights, from: number, to: number, size: number, stride = 1): Layer {
  const filter = w.filter<Rank.R4>([size, size, from, to], size * size * from, GAIN.relu);
  return chain(reflectPad(size >> 1), (x) => conv2d(x, filter, stride, 'valid'));
}

const normalized = (w: Weights, from: number, to: number, size: number, stride?: number) =>
  chain(mirrored(w, from, to, size, stride), instanceNorm(w, to));

function block(w: Weights, channels: number): Layer {
  const first = chain(normalized(w, channels, channels, 3), (x) => relu(x));
  return residual(chain(first, normalized(w, channels, channels, 3), (x) => mul(x, BRANCH)));
}

const nearestDouble: Layer = (x) =>
  image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]], false, true);

export function styleTransfer(): LoadedModel {
  const w = new Weights('style-transfer');
  const activated = (from: number, to: number, size: number, stride?: number) =>
    chain(normalized(w, from, to, size, stride), (x) => relu(x));
  const net = chain(
    activated(3, 32, 9),
    activated(32, 64, 3, 2),
    activated(64, 128, 3, 2),
    ...Array.from({ length: 5 }, () => block(w, 128)),
    nearestDouble,
    activated(128, 64, 3),
    nearestDouble,
    activated(64, 32, 3),
    mirrored(w, 32, 3, 9),
    (x) => tanh(x),
  );
  return functionNet(w, (x) => [net(x)]);
}
