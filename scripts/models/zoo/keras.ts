/** Layers models of the zoo: Keras layers of their own for convolution, batch norm and activation. */
import { type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { GAIN, heSpread, Weights } from './weights.js';

/** Initializers that draw no random values, because layersNet() sets all weights. */
export const unset = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;

export const convolution = (
  filters: number,
  kernelSize: number,
  more: { strides?: number; padding?: 'same' | 'valid'; useBias?: boolean } = {},
) => layers.conv2d({ filters, kernelSize, padding: 'same', ...unset, ...more });

export const activated = (x: SymbolicTensor) =>
  layers.activation({ activation: 'relu' }).apply(x) as SymbolicTensor;

export const normalized = (x: SymbolicTensor) =>
  layers.batchNormalization({ epsilon: 1.001e-5 }).apply(x) as SymbolicTensor;

/** Mean and spread of the weights that do not sum products, by the ends of their names. */
const simple: Readonly<Record<string, readonly [mean: number, spread: number]>> = {
  gamma: [1, 0.1],
  beta: [0, 0.1],
  moving_mean: [0, 0.1],
  moving_variance: [1, 0.1],
  bias: [0, 0.1],
};

/** Draws the values of a weight by its name, which begins with that of its layer. */
function valuesOf(
  w: Weights,
  name: string,
  shape: readonly number[],
  gainOf: (name: string) => number,
) {
  const size = util.sizeFromShape([...shape]);
  const known = Object.keys(simple).find((end) => name.endsWith(`/${end}`));
  if (known !== undefined) return w.values(size, simple[known][1], simple[known][0]);
  const fanIn = size / shape[shape.length - 1];
  return w.values(size, heSpread(fanIn, gainOf(name)));
}

/**
 * Gives a layers model seeded weights.
 * @param gainOf the gain of a kernel by its name; by default that of relu
 */
export function layersNet(
  name: string,
  model: LayersModel,
  gainOf: (weight: string) => number = () => GAIN.relu,
): LoadedModel {
  const w = new Weights(name);
  const made = model.weights.map(({ originalName, shape }) =>
    tensor(valuesOf(w, originalName, shape as number[], gainOf), shape as number[]),
  );
  model.setWeights(made);
  for (const one of made) one.dispose();
  return {
    run: (x) => [model.predict(x) as Tensor],
    weights: () => model.weights.map((variable) => variable.read()),
    dispose: () => {
      model.dispose();
    },
  };
}
