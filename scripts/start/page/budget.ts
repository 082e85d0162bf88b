/** Estimate of whether a model finishes in reasonable time on a CPU backend. */
import { conv2d, ones, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { ModelInfo } from '../../models/table.js';

/** Maximum number of seconds for one run of a model; each model runs a few times. */
export const budgetSeconds = 15;

const side = 32;
const channels = 32;
const probeMegaMultiplyAdds = (side * side * channels * channels * 9) / 1e6;
const repeats = 3;

/** Estimates the seconds of one run on the current backend, from a small 3x3 convolution on it. */
export function estimateSeconds({ megaMultiplyAdds }: ModelInfo): number {
  const probe = () =>
    tidy(() => {
      const x = ones([1, side, side, channels]) as Tensor4D;
      const filter = ones([3, 3, channels, channels]) as Tensor4D;
      const start = performance.now();
      conv2d(x, filter, 1, 'same').dataSync();
      return performance.now() - start;
    });
  // The first probes run before the JavaScript engine has optimised the code.
  const best = Math.min(...Array.from({ length: repeats }, probe));
  return ((best / 1000) * megaMultiplyAdds) / probeMegaMultiplyAdds;
}
