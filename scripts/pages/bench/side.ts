/** One layer on one backend, ready to be sampled. */
import {
  depthwiseConv2d,
  env,
  fused,
  neg,
  ones,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import type { Layer } from '../../suites/layers.js';
import { useBackend } from '../lib/backends.js';

const wantedSampleMs = 30;
const maxRuns = 200;
/** Of inputs that wait on the device at once. */
const maxInputBytes = 256e6;

/** The same numbers for every backend. */
export interface LayerData {
  x: Float32Array;
  filter: Float32Array;
  bias: Float32Array;
}

export interface Side {
  readonly backend: string;
  /** The first run, with its compiles, in ms. */
  readonly firstMs: number;
  readonly output: Float32Array;
  /** Makes this side's backend current, runs the layer several times and gives ms for one. */
  sample(): Promise<number>;
  dispose(): Promise<void>;
}

/** Waits until everything that is queued on the current backend is done. */
export type Barrier = () => void;

/**
 * The barrier reads a small tensor that a stock kernel makes last: the same few steps on every
 * backend, whatever the layout of the outputs before it. Needs the current backend to stay.
 */
export function makeBarrier(): Barrier {
  // Large enough that stock does not compute it on the CPU.
  const given = tensor1d(new Float32Array(1024));
  const probe = neg(given);
  given.dispose();
  return () => {
    const last = neg(probe);
    last.dataSync();
    last.dispose();
  };
}

const random = (length: number, scale: number) =>
  Float32Array.from({ length }, () => (2 * Math.random() - 1) * scale);

/** Fresh numbers, scaled so that outputs are about as large as inputs. */
export function randomData(layer: Layer): LayerData {
  const { height, width, inChannels, outChannels, filterHeight, filterWidth, kernel } = layer;
  const taps = filterHeight * filterWidth * (kernel === 'depthwise' ? 1 : inChannels);
  return {
    x: random(height * width * inChannels, 1),
    filter: random(taps * outChannels, Math.sqrt(3 / taps)),
    bias: random(outChannels, 1),
  };
}

function makeRun(layer: Layer, data: LayerData) {
  const { inChannels, outChannels, filterHeight, filterWidth, stride, dilation, kernel } = layer;
  const isDepthwise = kernel === 'depthwise';
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
  return { run, weights: [filter, bias] };
}

/**
 * Puts a layer on a backend and runs it once. An input is made by a depthwise convolution with a
 * filter of one 1, which changes no value: it lies as this backend's own layers leave tensors in
 * the middle of a net. Every timed run gets an input that no run has seen, so that what a run
 * keeps with its input is paid for each time, as in a net.
 */
export async function prepareSide(
  backend: string,
  barrier: Barrier,
  layer: Layer,
  data: LayerData,
): Promise<Side> {
  await useBackend(backend);
  const { height, width, inChannels } = layer;
  const given = tensor4d(data.x, [1, height, width, inChannels]);
  const unit = ones([1, 1, inChannels, 1]) as Tensor4D;
  const { run, weights } = makeRun(layer, data);
  const makeInputs = (count: number) =>
    Array.from({ length: count }, () => depthwiseConv2d(given, unit, 1, 'same'));

  /** Total ms of some runs. */
  const time = (count: number): number => {
    const inputs = makeInputs(count);
    barrier();
    const start = performance.now();
    for (const x of inputs) {
      run(x).dispose();
      x.dispose();
    }
    barrier();
    return performance.now() - start;
  };

  const firstMs = time(1);
  const [x] = makeInputs(1);
  const y = run(x);
  const output = (await y.data()) as Float32Array;
  x.dispose();
  y.dispose();

  const limit = Math.max(1, Math.min(maxRuns, Math.floor(maxInputBytes / data.x.byteLength)));
  let runs = 1;
  for (let total = time(runs); total < wantedSampleMs && runs < limit; total = time(runs)) {
    runs = Math.min(limit, Math.ceil(runs * Math.min(8, (1.2 * wantedSampleMs) / total)));
  }

  return {
    backend,
    firstMs,
    output,
    async sample() {
      await useBackend(backend);
      return time(runs) / runs;
    },
    async dispose() {
      await useBackend(backend);
      // Backends keep freed textures for reuse: take those of the inputs back, and let go of them.
      const inputs = makeInputs(runs);
      env().set('WEBGL_DELETE_TEXTURE_THRESHOLD', 0);
      for (const tensor of [...inputs, given, unit, ...weights]) tensor.dispose();
      env().set('WEBGL_DELETE_TEXTURE_THRESHOLD', -1);
    },
  };
}
