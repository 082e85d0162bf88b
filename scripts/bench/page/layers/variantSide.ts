/** Every tiled variant that supports a layer, each ready to be sampled. */
import { conv2d, depthwiseConv2d, ones, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { variants } from '../../../../kernels/webgl/variants.js';
import { forceVariant, VariantRefusal } from '../../../../src/base.js';
import { useBackend } from '../../../lib/inPage/backends.js';
import type { Layer } from '../../layers.js';
import type { Barrier } from './barrier.js';
import { calibrate, type LayerData, letGo, makeRun } from './layerRun.js';
import { variantOf } from './ours.js';
import type { Contestant } from './side.js';

export interface VariantSide extends Contestant {
  readonly name: string;
  readonly output: Float32Array;
}

export interface VariantSides {
  /** The variant that the backend chooses when it is free to and the input is in no tile. */
  chosen: string | null;
  sides: VariantSide[];
  /** Messages of the variants that threw, by variant. */
  errors: Record<string, string>;
  dispose(): Promise<void>;
}

/**
 * Returns a 1x1 filter that changes no value: [1, 1, channels, channels], or [.., 1] for depthwise.
 */
function identity({ kernel, inChannels }: Layer): Tensor4D {
  if (kernel === 'depthwise') return ones([1, 1, inChannels, 1]);
  const values = new Float32Array(inChannels * inChannels);
  for (let c = 0; c < inChannels; c++) values[c * inChannels + c] = 1;
  return tensor4d(values, [1, 1, inChannels, inChannels]);
}

/** Runs the work with one variant forced; returns null if that variant refuses the work. */
function forced<T>(backend: string, name: string, work: () => T): T | null {
  forceVariant(name, backend);
  try {
    return work();
  } catch (error) {
    if (error instanceof VariantRefusal) return null;
    throw error;
  } finally {
    forceVariant(null, backend);
  }
}

/**
 * Puts a layer on the tiled backend once for each variant. Each variant makes its own input, so the
 * input has the layout of a net of that variant alone. The input is one tensor for all runs: if the
 * variant reads other tiles than it writes, the backend keeps the converted form with the tensor,
 * and no timed run converts.
 * @param wanted 'all', or one variant's name, which is timed beside the chosen variant
 */
export async function prepareVariants(
  backend: string,
  barrier: Barrier,
  layer: Layer,
  data: LayerData,
  wanted: string,
): Promise<VariantSides> {
  await useBackend(backend);
  const { given, run, tensors } = makeRun(layer, data);
  const unit = identity(layer);
  const { result, variant: chosen } = variantOf(backend, () => run(given));
  result.dispose();
  const isDepthwise = layer.kernel === 'depthwise';
  const isImage = layer.inChannels <= 4;
  const names = variants
    .filter(({ kernel }) => kernel === (isDepthwise ? 'depthwiseConv2d' : 'conv2d'))
    .map(({ name }) => name)
    .filter((name) => wanted === 'all' || name === wanted || name === chosen);

  const inputs: Tensor4D[] = [];
  const prepare = async (name: string): Promise<VariantSide | null> => {
    const made = isImage
      ? null
      : forced(backend, name, () =>
          isDepthwise ? depthwiseConv2d(given, unit, 1, 'same') : conv2d(given, unit, 1, 'same'),
        );
    // Two kinds of input stay as given: images, and inputs of variants that support only larger
    // filters.
    const x = made ?? given.clone();
    inputs.push(x);
    const y = forced(backend, name, () => run(x));
    if (y === null) return null;
    const output = (await y.data()) as Float32Array;
    y.dispose();
    const time = async (count: number): Promise<number> => {
      await barrier();
      const start = performance.now();
      forced(backend, name, () => {
        for (let i = 0; i < count; i++) run(x).dispose();
      });
      await barrier();
      return performance.now() - start;
    };
    const runs = await calibrate(time);
    return {
      name,
      output,
      async sample() {
        await useBackend(backend);
        return (await time(runs)) / runs;
      },
    };
  };

  const sides: VariantSide[] = [];
  const errors: Record<string, string> = {};
  for (const name of names) {
    try {
      const side = await prepare(name);
      if (side !== null) sides.push(side);
    } catch (error) {
      errors[name] = (error as Error).message;
    }
  }
  const dispose = async () => {
    await useBackend(backend);
    letGo([...inputs, unit, ...tensors]);
  };
  return { chosen, sides, errors, dispose };
}
