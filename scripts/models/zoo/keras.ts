/** Layers models of the zoo: Keras layers of their own for convolution, batch norm and activation. */
import { type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from '../model.js';
import { GAIN, heSpread, Weights } from './weights.js';

/** Initializers that draw no random values, because layersNet() sets all weights. */
export const unset = { kernelInitializer: 'zeros', biasInitializer: 'zeros' } as const;

interface ConvolutionOptions {
  readonly strides?: number;
  readonly padding?: 'same' | 'valid';
  readonly useBias?: boolean;
  readonly activation?: 'relu';
  /** Shape of an input without its batch, for the first layer of a stack. */
  readonly inputShape?: number[];
  readonly name?: string;
}

export const convolution = (filters: number, kernelSize: number, more: ConvolutionOptions = {}) =>
  layers.conv2d({ filters, kernelSize, padding: 'same', ...unset, ...more });

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
  // A value of a depthwise convolution sums the products of one channel.
  const summed = name.endsWith('/depthwise_kernel') ? shape.slice(0, 2) : shape.slice(0, -1);
  const fanIn = util.sizeFromShape([...summed]);
  return w.values(size, heSpread(fanIn, gainOf(name)));
}

/** Returns the gain of a kernel by its name. */
type GainOf = (weight: string) => number;

const ofRelu: GainOf = () => GAIN.relu;

/** Gives a layers model weights that are seeded by a name. */
export function seedWeights(name: string, model: LayersModel, gainOf: GainOf = ofRelu): void {
  const w = new Weights(name);
  const made = model.weights.map(({ originalName, shape }) =>
    tensor(valuesOf(w, originalName, shape as number[], gainOf), shape as number[]),
  );
  model.setWeights(made);
  for (const one of made) one.dispose();
}

/** Makes a net of a layers model, with seeded weights. */
export function layersNet(name: string, model: LayersModel, gainOf: GainOf = ofRelu): LoadedModel {
  seedWeights(name, model, gainOf);
  return {
    run: (x) => [model.predict(x) as Tensor],
    weights: () => model.weights.map((variable) => variable.read()),
    dispose: () => {
      model.dispose();
    },
  };
}
