/** Nets in training: each run is one step, always on the same batch. */
import {
  cast,
  losses,
  type Optimizer,
  oneHot,
  type Scalar,
  type Tensor,
  tensor,
  tidy,
  train,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { fractions, stream } from '../../../src/validator/random.js';
import type { LoadedModel } from '../model.js';

/** Measure of how far a model's outputs for a batch of inputs are from what it should learn. */
export interface Loss {
  /** Targets that the loss holds; none if the inputs are the targets. */
  readonly targets: Tensor | null;
  /** Returns the mean loss of a batch. */
  of(outputs: Tensor, inputs: Tensor): Tensor;
}

/** Loss of logits [batch, classes], of which each input is in one class. */
export function classes(batch: number, count: number): Loss {
  const labels = Array.from({ length: batch }, (_, i) => i % count);
  const targets = tidy(() => cast(oneHot(labels, count), 'float32'));
  return { targets, of: (logits) => losses.softmaxCrossEntropy(targets, logits) };
}

/** Loss of logits of a shape, each of which tells whether a seeded mask is 1 there. */
export function mask(name: string, shape: readonly number[]): Loss {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = fractions(stream(1, `${name} mask`), size).map((value) => (value < 0 ? 0 : 1));
  const targets = tensor(values, [...shape]);
  return { targets, of: (logits) => losses.sigmoidCrossEntropy(targets, logits) };
}

/** Loss of outputs that should be the inputs. */
export const itself: Loss = {
  targets: null,
  of: (outputs, inputs) => losses.meanSquaredError(inputs, outputs),
};

/**
 * Optimizers by name. The nets have rates at which a loss says something of a backend: by fifty steps it moves
 * by less than 1e-4 of itself if the inputs differ by 1e-7. By Adam at 1e-3 that of the U-Net moves by 3e-3, and by
 * momentum at 0.01 that of the separable net by 4e-3, whatever computes it. Adam has the epsilon of stock cpu on every backend, because that of stock webgl
 * makes other steps.
 */
export const optimizers = {
  sgd: (rate: number) => train.sgd(rate),
  momentum: (rate: number) => train.momentum(rate, 0.9),
  adam: (rate: number) => train.adam(rate, 0.9, 0.999, 1e-7),
} as const satisfies Record<string, (rate: number) => Optimizer>;

/**
 * Makes a net of a model in training, whose run makes a step and returns the loss before it.
 * @param base predicts the model's inputs, and is not trained
 */
export function trainedNet(
  model: LayersModel,
  loss: Loss,
  optimizer: Optimizer,
  base?: LayersModel,
): LoadedModel {
  const models = base === undefined ? [model] : [base, model];
  const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
  const step = (x: Tensor) =>
    optimizer.minimize(
      () => loss.of(model.apply(x, { training: true }) as Tensor, x) as Scalar,
      true,
      variables,
    ) as Scalar;
  return {
    run: (x) => tidy(() => [step(base === undefined ? x : (base.predictOnBatch(x) as Tensor))]),
    weights: () => models.flatMap(({ weights }) => weights.map((weight) => weight.read())),
    dispose() {
      for (const one of models) one.dispose();
      optimizer.dispose();
      // The momentum optimizer of tfjs does not dispose of its rate.
      (optimizer as { c?: Tensor }).c?.dispose();
      loss.targets?.dispose();
    },
  };
}
