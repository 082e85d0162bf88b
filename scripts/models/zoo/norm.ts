/** Normalisations whose mean and variance are computed from the input, as graph models spell them. */
import { add, mean, mul, rsqrt, squaredDifference, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { Weights } from './weights.js';

const EPSILON = 1e-5;

/** Normalises over some axes, then scales and shifts each channel, which is the last axis. */
function norm(w: Weights, channels: number, axes: number[]) {
  const gamma = w.even([channels], 0.1, 1);
  const beta = w.bias(channels);
  return <T extends Tensor>(x: T): T => {
    const mu = mean(x, axes, true);
    const variance = mean(squaredDifference(x, mu), axes, true);
    const scale = mul(rsqrt(add(variance, EPSILON)), gamma);
    return add(mul(x, scale), sub(beta, mul(mu, scale)));
  };
}

/** Instance norm of [n, h, w, c]: each channel of each picture over its pixels. */
export const instanceNorm = (w: Weights, channels: number) => norm(w, channels, [1, 2]);

/** Layer norm: over the channels, for each position. */
export const layerNorm = (w: Weights, channels: number) => norm(w, channels, [-1]);
