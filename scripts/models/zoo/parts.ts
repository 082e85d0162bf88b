/** Layers of nets in code, as converters of graph models write them: fused, with folded batch norm. */
import {
  add,
  concat,
  conv2d,
  fused,
  mean,
  mul,
  type Rank,
  relu6,
  reshape,
  sigmoid,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LoadedModel } from '../model.js';
import { GAIN, type Weights } from './weights.js';

export type Layer = (x: Tensor4D) => Tensor4D;

/** Layers one after the other. */
export function chain(...layers: readonly Layer[]): Layer {
  return (x) => layers.reduce((y, layer) => layer(y), x);
}

/** A layer and its input, summed. */
export function residual(layer: Layer): Layer {
  return (x) => add(x, layer(x));
}

/** Layers of the same input, with their results one behind the other along the channels. */
export function branches(...layers: readonly Layer[]): Layer {
  return (x) =>
    concat(
      layers.map((layer) => layer(x)),
      3,
    );
}

export interface ConvOptions {
  /** Height and width of the filter. */
  readonly size?: number;
  readonly stride?: number;
  readonly pad?: 'same' | 'valid';
  readonly activation?: 'linear' | 'relu' | 'relu6';
  /** Gain of the weights; by default that of relu, in front of this layer. */
  readonly gain?: number;
}

/** A convolution with bias. */
export function conv(w: Weights, from: number, to: number, options: ConvOptions = {}): Layer {
  const { size = 1, stride: strides = 1, pad = 'same', activation, gain = GAIN.relu } = options;
  const filter = w.filter<Rank.R4>([size, size, from, to], size * size * from, gain);
  const bias = w.bias(to);
  return (x) => fused.conv2d({ x, filter, strides, pad, bias, activation });
}

/** A convolution whose bias is an operation of its own. */
export function unfusedConv(w: Weights, from: number, to: number, options: ConvOptions): Layer {
  const { size = 1, stride = 1, pad = 'same', gain = GAIN.relu } = options;
  const filter = w.filter<Rank.R4>([size, size, from, to], size * size * from, gain);
  const bias = w.bias(to);
  return (x) => add(conv2d(x, filter, stride, pad), bias);
}

/** A depthwise convolution with bias. */
export function depthwise(w: Weights, channels: number, options: ConvOptions): Layer {
  const { size = 3, stride: strides = 1, pad = 'same', activation, gain = GAIN.relu } = options;
  const filter = w.filter<Rank.R4>([size, size, channels, 1], size * size, gain);
  const bias = w.bias(channels);
  return (x) => fused.depthwiseConv2d({ x, filter, strides, pad, bias, activation });
}

/** A fully connected layer on the last axis: matMul between reshapes, unless x is a matrix. */
export function dense(w: Weights, from: number, to: number, gain: number = GAIN.relu) {
  const b = w.filter<Rank.R2>([from, to], from, gain);
  const bias = w.bias(to);
  return <T extends Tensor>(x: T): T => {
    if (x.rank === 2) return fused.matMul({ a: x, b, bias }) as Tensor as T;
    const rows: Tensor2D = reshape(x, [-1, from]);
    return reshape(fused.matMul({ a: rows, b, bias }), [
      ...x.shape.slice(0, -1),
      to,
    ]) as Tensor as T;
  };
}

export const silu = <T extends Tensor>(x: T): T => mul(x, sigmoid(x));

export const hardSigmoid = <T extends Tensor>(x: T): T => mul(relu6(add(x, 3)), 1 / 6);

export const hardSwish = <T extends Tensor>(x: T): T => mul(x, hardSigmoid(x));

/** The mean over height and width, [n, 1, 1, c]. */
export const globalMean: Layer = (x) => mean(x, [1, 2], true);

/** The mean over height and width, as a matrix [n, c]. */
export const globalMeanRows = (x: Tensor4D): Tensor2D => mean(x, [1, 2]);

/**
 * Squeeze and excite: the channels, each scaled by a gate between 0 and 1 that depends on the means of
 * all channels.
 */
export function squeezeExcite(
  w: Weights,
  channels: number,
  squeezed: number,
  activation: Layer,
  gate: Layer,
): Layer {
  const gates = chain(
    globalMean,
    conv(w, channels, squeezed),
    activation,
    conv(w, squeezed, channels),
    gate,
  );
  return (x) => mul(x, gates(x));
}

/** Gain of weights behind squeezeExcite(), whose gates are about 1/2. */
export const GATED = 4;

/** A net that is a function of tensors: its results are kept, all else that it makes is not. */
export function functionNet(w: Weights, forward: (x: Tensor4D) => Tensor[]): LoadedModel {
  return {
    run: (x) => tidy(() => forward(x as Tensor4D)),
    weights: () => w.tensors,
    dispose: () => w.dispose(),
  };
}
