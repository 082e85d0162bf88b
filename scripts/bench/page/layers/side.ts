/** One layer on one backend, ready to be sampled. */
import { depthwiseConv2d, ones, type Tensor4D } from '@tensorflow/tfjs-core';
import { tune } from '../../../../src/base.js';
import { useBackend } from '../../../lib/inPage/backends.js';
import type { Layer } from '../../layers.js';
import type { Barrier } from './barrier.js';
import { calibrate, type LayerData, letGo, makeRun } from './layerRun.js';
import { fetchedBy, inItsTile, variantOf } from './ours.js';

/** Maximum number of bytes of inputs that are on the device at once. */
const maxInputBytes = 256e6;

/** A participant in the rounds. */
export interface Contestant {
  /** Makes its backend current, runs the layer several times and returns milliseconds per run. */
  sample(): Promise<number>;
}

export interface Side extends Contestant {
  readonly backend: string;
  /** Milliseconds of the first run, which includes compilation. */
  readonly firstMs: number;
  readonly output: Float32Array;
  /** The tiled variant that ran, and the number of texels it fetches; null if none ran. */
  readonly variant: string | null;
  readonly texels: number | null;
  dispose(): Promise<void>;
}

/**
 * Has tune() measure a layer twice: with its input in no tile, and in the tile that a net would
 * leave it in.
 */
export async function tuneLayer(backend: string, layer: Layer, data: LayerData): Promise<void> {
  await useBackend(backend);
  const { given, run, tensors } = makeRun(layer, data);
  const unit = ones([1, 1, layer.inChannels, 1]) as Tensor4D;
  await tune(run, given, { backend });
  const x = inItsTile(backend, layer, () => depthwiseConv2d(given, unit, 1, 'same'));
  await tune(run, x, { backend });
  letGo([x, unit, ...tensors]);
}

/**
 * Puts a layer on a backend and runs it once. Each input is made by a depthwise convolution with a
 * filter of a single 1, which changes no value but leaves the input in the layout that a preceding
 * layer would. Every timed run gets a fresh input, so that work cached with an input is paid for
 * each time, as in a net.
 */
export async function prepareSide(
  backend: string,
  barrier: Barrier,
  layer: Layer,
  data: LayerData,
): Promise<Side> {
  await useBackend(backend);
  const { given, run, tensors } = makeRun(layer, data);
  const unit = ones([1, 1, layer.inChannels, 1]) as Tensor4D;
  const makeInputs = (count: number) =>
    inItsTile(backend, layer, () =>
      Array.from({ length: count }, () => depthwiseConv2d(given, unit, 1, 'same')),
    );

  /** Returns the total milliseconds of `count` runs. */
  const time = async (count: number): Promise<number> => {
    const inputs = makeInputs(count);
    await barrier();
    const start = performance.now();
    for (const x of inputs) {
      run(x).dispose();
      x.dispose();
    }
    await barrier();
    return performance.now() - start;
  };

  const firstMs = await time(1);
  const [x] = makeInputs(1);
  const { result: y, variant } = variantOf(backend, () => run(x));
  const texels = variant === null ? null : fetchedBy(backend, layer, variant, x);
  const output = (await y.data()) as Float32Array;
  x.dispose();
  y.dispose();
  const runs = await calibrate(time, Math.floor(maxInputBytes / data.x.byteLength));

  return {
    backend,
    firstMs,
    output,
    variant,
    texels,
    async sample() {
      await useBackend(backend);
      return (await time(runs)) / runs;
    },
    async dispose() {
      await useBackend(backend);
      // Reuses the inputs' memory that the backend kept, then releases it.
      letGo([...makeInputs(runs), unit, ...tensors]);
    },
  };
}
