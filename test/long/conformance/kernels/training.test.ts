/** Tests of training: a small net learns on tiled-webgl as it does on the stock cpu backend. */
import { expect } from 'chai';
import { onErringBackend } from '../../../support/erringBackend.js';
import { tf } from '../../../support/setup.js';

const steps = 50;
const batch = 8;
/**
 * Number of classes. It is odd because matrix products of stock webgl add what other kernels leave
 * in the padding of odd columns.
 */
const classes = 3;

type Weights = Record<'conv1' | 'gamma' | 'beta' | 'conv2' | 'dense' | 'bias', tf.Variable>;

const drawn = (seed: number, shape: number[]) =>
  tf.randomNormal(shape, 0, 1, 'float32', seed) as tf.Tensor;

function makeWeights(): Weights {
  const weight = (seed: number, shape: number[], scale: number) =>
    tf.tidy(() => tf.variable(tf.mul(drawn(seed, shape), scale)));
  return {
    conv1: weight(1, [3, 3, 2, 6], 0.25),
    gamma: tf.tidy(() => tf.variable(tf.ones([6]))),
    beta: tf.tidy(() => tf.variable(tf.zeros([6]))),
    conv2: weight(2, [3, 3, 6, 8], 0.2),
    dense: weight(3, [3 * 3 * 8, classes], 0.1),
    bias: tf.tidy(() => tf.variable(tf.zeros([classes]))),
  };
}

/** Applies convolution, batch norm with the batch's moments, relu, pool, convolution, dense. */
function logits(w: Weights, x: tf.Tensor4D): tf.Tensor2D {
  const y = tf.conv2d(x, w.conv1 as tf.Tensor4D, 1, 'same');
  const { mean, variance } = tf.moments(y, [0, 1, 2]);
  const normal = tf.batchNorm(
    y,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    w.beta as tf.Tensor1D,
    w.gamma as tf.Tensor1D,
    1e-3,
  );
  const pooled = tf.maxPool(tf.relu(normal) as tf.Tensor4D, 2, 2, 'same');
  const z = tf.relu(tf.conv2d(pooled, w.conv2 as tf.Tensor4D, 2, 'same'));
  return tf.add(tf.matMul(tf.reshape(z, [batch, -1]), w.dense as tf.Tensor2D), w.bias);
}

/** Returns the loss before each step; checks that no step leaves a tensor. */
async function losses(backend: string, makeOptimizer: () => tf.Optimizer): Promise<number[]> {
  await tf.setBackend(backend);
  const weights = makeWeights();
  const optimizer = makeOptimizer();
  const x = drawn(4, [batch, 12, 12, 2]) as tf.Tensor4D;
  const labels = tf.tidy(() =>
    tf.oneHot(
      Array.from({ length: batch }, (_, i) => i % classes),
      classes,
    ),
  );
  const curve: number[] = [];
  let after = 0;
  for (let step = 0; step < steps; step++) {
    const cost = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, logits(weights, x)),
      true,
    ) as tf.Scalar;
    curve.push(cost.dataSync()[0]);
    cost.dispose();
    // The first step creates the optimizer's state.
    if (step === 0) after = tf.memory().numTensors;
    expect(tf.memory().numTensors, `${backend}, step ${step}`).to.equal(after);
  }
  optimizer.dispose();
  tf.dispose([weights, x, labels]);
  return curve;
}

/** Seeds of the directions in which the erring backends err. */
const seeds = [1, 2];

/**
 * Returns for each step how far from `curve` the losses are that erring backends give, at the most
 * up to this step. Errors grow by what the net and the optimizer make of them, through fifty steps
 * that each depend on all before; a bound derived beforehand would grow by orders of magnitude a
 * step, and say nothing. Each kernel of an erring backend is off by its derived bound everywhere,
 * which true roundings are nearly nowhere, so a right engine stays nearer to the curve.
 */
async function reachOfErrors(
  curve: readonly number[],
  makeOptimizer: () => tf.Optimizer,
): Promise<number[]> {
  const reach = curve.map(() => 0);
  for (const seed of seeds) {
    const erring = await onErringBackend(seed, (name) => losses(name, makeOptimizer));
    let most = 0;
    for (const [step, loss] of erring.entries()) {
      most = Math.max(most, Math.abs(loss - curve[step]));
      reach[step] = Math.max(reach[step], most);
    }
  }
  return reach;
}

describe('training', () => {
  for (const [name, make] of [
    ['sgd', (pace = 1) => tf.train.sgd(pace * 0.05)],
    ['adam', (pace = 1) => tf.train.adam(pace * 0.005)],
  ] as const) {
    it(`gives the loss curve of stock cpu over ${steps} steps: ${name}`, async () => {
      const before = tf.memory().numTensors;
      const run = (backend: string) => losses(backend, () => make());
      const wanted = await run('cpu');
      const curve = await run('tiled-webgl');
      expect(wanted.at(-1), 'it learns').to.be.below(0.7 * wanted[0]);
      const reach = await reachOfErrors(wanted, () => make());
      const strays = (found: readonly number[]) =>
        found.flatMap((loss, step) => (Math.abs(loss - wanted[step]) > reach[step] ? [step] : []));
      expect(strays(curve), 'steps off the curve').to.deep.equal([]);
      const faster = await losses('cpu', () => make(1.01));
      expect(strays(faster), 'steps of a learning rate 1% off').to.have.length.above(steps / 2);
      expect(await run('tiled-webgl'), 'again, bit for bit').to.deep.equal(curve);
      expect(tf.memory().numTensors, 'tensors left').to.equal(before);
    });
  }
});
