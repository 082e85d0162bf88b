/** Seeded weights of a net. */
import {
  type Rank,
  type ShapeMap,
  type Tensor,
  type Tensor1D,
  tensor,
  util,
} from '@tensorflow/tfjs-core';
import { type Stream, stream } from '../../../src/validator/random.js';

/**
 * Gains: the variance of a layer's weights times its fan-in, which keeps the mean square of
 * activations as it was. Each is 1 / E[f(z)^2] of a standard normal z, where f is the activation in
 * front of the weights.
 */
export const GAIN = { linear: 1, relu: 2, silu: 2.8, gelu: 2.35 } as const;

/**
 * Gain of the last layer of a residual branch: small, because the sums of many blocks would
 * otherwise double the mean square with each block.
 */
export const BRANCH = 0.25;

const BIAS = 0.1;

/**
 * Draws the weights of one net, and keeps them until dispose(). The same net gets the same weights in
 * every browser.
 */
export class Weights {
  readonly tensors: Tensor[] = [];
  private readonly next: Stream;

  constructor(net: string) {
    this.next = stream(1, net);
  }

  /** Draws values of an even distribution in mean +- spread. */
  values(count: number, spread: number, mean = 0): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = mean + spread * (2 * this.next() - 1);
    return values;
  }

  constant<R extends Rank>(values: Float32Array, shape: ShapeMap[R]): Tensor<R> {
    const made = tensor(values, shape);
    this.tensors.push(made);
    return made;
  }

  even<R extends Rank>(shape: ShapeMap[R], spread: number, mean = 0): Tensor<R> {
    return this.constant<R>(this.values(util.sizeFromShape(shape), spread, mean), shape);
  }

  /** Draws weights [..., outputs] of which each output sums `fanIn` products. */
  filter<R extends Rank>(shape: ShapeMap[R], fanIn: number, gain: number): Tensor<R> {
    return this.even<R>(shape, heSpread(fanIn, gain));
  }

  bias(channels: number): Tensor1D {
    return this.even<Rank.R1>([channels], BIAS);
  }

  dispose(): void {
    for (const one of this.tensors) one.dispose();
  }
}

/** Returns the spread of an even distribution of variance gain / fanIn, as He et al. (2015). */
export function heSpread(fanIn: number, gain: number): number {
  return Math.sqrt((3 * gain) / fanIn);
}
