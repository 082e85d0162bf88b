/** Losses of the nets in training on two backends, and what their steps leave behind. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { type TrainingName, trainings } from '../../scripts/models/training/index.js';
import { fractions, stream } from '../../src/validator/random.js';

/**
 * Shapes of batches, which are smaller than those of the benchmark, where stock cpu takes seconds a step; and
 * steps after which losses are compared. A relu whose input is nearly zero passes a gradient on one backend
 * and not on another, which in pictures of a few pixels is much: with the U-Net it happens at step 13 on
 * tiled-webgl, where an input is 6e-7. Batch norm of a few values does the same from the first steps on. Stock
 * cpu itself then differs by more than the bound if its inputs differ by 1e-7.
 */
const cases: Readonly<Record<TrainingName, { shape: readonly number[]; steps: number }>> = {
  'mobilenet-v2-head': { shape: [4, 32, 32, 3], steps: 10 },
  'mobilenet-v2-block': { shape: [4, 48, 48, 3], steps: 10 },
  cnn: { shape: [4, 28, 28, 1], steps: 50 },
  unet: { shape: [2, 16, 16, 3], steps: 12 },
  autoencoder: { shape: [2, 16, 16, 3], steps: 50 },
  separable: { shape: [4, 12, 12, 3], steps: 10 },
};

export const trainingNames = Object.keys(cases) as TrainingName[];

/** Largest relative difference of losses after all steps. */
const MOST_DIFFERENCE = 1e-4;

/** Calls `visit` with the loss of each step. The net and its inputs are disposed of at the end. */
async function train(
  backend: string,
  name: TrainingName,
  count: number,
  visit: (loss: number, step: number) => void,
): Promise<void> {
  await tf.setBackend(backend);
  const shape = [...cases[name].shape];
  const before = tf.memory().numTensors;
  const net = trainings[name](shape);
  const x = tf.tensor(fractions(stream(1, name), tf.util.sizeFromShape(shape)), shape);
  for (let step = 0; step < count; step++) {
    const [loss] = await net.run(x);
    const [value] = await loss.data();
    loss.dispose();
    visit(value, step);
  }
  net.dispose();
  x.dispose();
  expect(tf.memory().numTensors, `tensors that ${name} leaves on ${backend}`).to.equal(before);
}

async function curveOf(backend: string, name: TrainingName): Promise<number[]> {
  const curve: number[] = [];
  await train(backend, name, cases[name].steps, (loss) => curve.push(loss));
  return curve;
}

/** Expects that a net learns, and has the loss of stock cpu after as many steps. */
export async function expectLossOfStock(backend: string, name: TrainingName): Promise<void> {
  const wanted = await curveOf('cpu', name);
  const found = await curveOf(backend, name);
  const [last, own] = [wanted, found].map((curve) => curve[curve.length - 1]);
  expect(last, `loss after ${wanted.length} steps, ${wanted[0]} at first`).to.be.below(
    0.9 * wanted[0],
  );
  expect(Math.abs(own - last) / last, `${own} and ${last}`).to.be.at.most(MOST_DIFFERENCE);
}

const LONG = 200;

/** Steps in which all that a net keeps has been made, and each way to share textures has been met. */
const SETTLED = 40;

/**
 * Expects that no count is larger in any later step than it was in the first ones.
 * @param counts returns counts of the backend, beside those of tfjs
 */
export async function expectNoGrowth(
  backend: string,
  name: TrainingName,
  counts: () => Readonly<Record<string, number>>,
): Promise<void> {
  const all = (): Record<string, number> => {
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    return {
      numTensors,
      numDataBuffers,
      numBytes,
      records: tf.backend().numDataIds(),
      ...counts(),
    };
  };
  const most: Record<string, number> = {};
  await train(backend, name, LONG, (_, step) => {
    for (const [what, count] of Object.entries(all())) {
      if (step < SETTLED) most[what] = Math.max(most[what] ?? 0, count);
      else expect(count, `${what} at step ${step}`).to.be.at.most(most[what]);
    }
  });
}
