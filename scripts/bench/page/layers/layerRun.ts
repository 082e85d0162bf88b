/** A layer as tensors on the current backend, and the calibration of its timed runs. */
import { env, fused, type Tensor, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import type { Layer } from '../../layers.js';

const wantedSampleMs = 30;
const maxRuns = 200;

/** Values of a layer's tensors, identical for every backend. */
export interface LayerData {
  x: Float32Array;
  filter: Float32Array;
  bias: Float32Array;
}

const random = (length: number, scale: number) =>
  Float32Array.from({ length }, () => (2 * Math.random() - 1) * scale);

/** Returns fresh random values, scaled so that outputs are about as large as inputs. */
export function randomData(layer: Layer): LayerData {
  const { height, width, inChannels, outChannels, filterHeight, filterWidth, kernel } = layer;
  const taps = filterHeight * filterWidth * (kernel === 'depthwise' ? 1 : inChannels);
  return {
    x: random(height * width * inChannels, 1),
    filter: random(taps * outChannels, Math.sqrt(3 / taps)),
    bias: random(outChannels, 1),
  };
}

/** Tensors and function that run a layer on the current backend. */
export interface LayerRun {
  /** The input as it was uploaded. */
  given: Tensor4D;
  run(x: Tensor4D): Tensor;
  /** `given` and the weights. */
  tensors: Tensor[];
}

export function makeRun(layer: Layer, data: LayerData): LayerRun {
  const { inChannels, outChannels, filterHeight, filterWidth, stride, dilation, kernel } = layer;
  const isDepthwise = kernel === 'depthwise';
  const given = tensor4d(data.x, [1, layer.height, layer.width, inChannels]);
  const filter = tensor4d(data.filter, [
    filterHeight,
    filterWidth,
    inChannels,
    isDepthwise ? 1 : outChannels,
  ]);
  const bias = tensor1d(data.bias);
  const common = { filter, bias, activation: 'relu6', pad: 'same', dilations: dilation } as const;
  const run = (x: Tensor4D): Tensor =>
    isDepthwise
      ? fused.depthwiseConv2d({ x, strides: stride, ...common })
      : fused.conv2d({ x, strides: stride, ...common });
  return { given, run, tensors: [given, filter, bias] };
}

/** Returns the number of runs, at most `limit`, that makes a sample long enough to time. */
export async function calibrate(
  time: (runs: number) => Promise<number>,
  limit = maxRuns,
): Promise<number> {
  const most = Math.max(1, Math.min(maxRuns, limit));
  let runs = 1;
  for (let total = await time(runs); total < wantedSampleMs && runs < most; ) {
    runs = Math.min(most, Math.ceil(runs * Math.min(8, (1.2 * wantedSampleMs) / total)));
    total = await time(runs);
  }
  return runs;
}

/** Disposes tensors and releases their memory, which backends would otherwise keep for reuse. */
export function letGo(tensors: readonly Tensor[]): void {
  env().set('WEBGL_DELETE_TEXTURE_THRESHOLD', 0);
  for (const tensor of tensors) tensor.dispose();
  env().set('WEBGL_DELETE_TEXTURE_THRESHOLD', -1);
}
