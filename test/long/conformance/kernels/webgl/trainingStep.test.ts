/** Tests that a training step stays in tiles, and learns as stock cpu does. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { masks } from '../../../../../scripts/webgl/masks.js';
import { type Conversion, tiledInfo } from '../../../../../src/index.js';
import { name as own, withDriver } from '../../../../conformance/src/webgl/context/wrongDrivers.js';
import { conversionsIn } from '../../../../support/conversionsIn.js';
import { tf } from '../../../../support/setup.js';

const batch = 4;

interface Net {
  readonly weights: tf.Variable[];
  logits(x: tf.Tensor4D): tf.Tensor2D;
}

const draw = (seed: number, shape: number[], scale: number) =>
  tf.tidy(() => tf.variable(tf.mul(tf.randomNormal(shape, 0, 1, 'float32', seed), scale)));
const zeros = (size: number) => tf.tidy(() => tf.variable(tf.zeros([size])));

/** A convolution with bias, relu and maximum pool, and a dense layer. */
function plainNet(): Net {
  const filter = draw(1, [3, 3, 3, 8], 0.3);
  const bias = zeros(8);
  const second = draw(2, [3, 3, 8, 12], 0.2);
  const dense = draw(3, [3 * 3 * 12, 3], 0.1);
  const last = zeros(3);
  return {
    weights: [filter, bias, second, dense, last],
    logits: (x) => {
      const y = tf.relu(tf.add(tf.conv2d(x, filter as tf.Tensor4D, 1, 'same'), bias));
      const pooled = tf.maxPool(y as tf.Tensor4D, 2, 2, 'same');
      const z = tf.relu(tf.conv2d(pooled, second as tf.Tensor4D, 2, 'same'));
      return tf.add(tf.matMul(tf.reshape(z, [batch, -1]), dense as tf.Tensor2D), last);
    },
  };
}

/** Depthwise and 1x1 convolutions with batch norm by the batch's moments. */
function separableNet(): Net {
  const depthwise = draw(1, [3, 3, 3, 2], 0.5);
  const pointwise = draw(2, [1, 1, 6, 8], 0.5);
  const second = draw(5, [3, 3, 8, 1], 0.5);
  const gamma = tf.tidy(() => tf.variable(tf.ones([8])));
  const beta = zeros(8);
  const dense = draw(3, [8, 3], 0.3);
  return {
    weights: [depthwise, pointwise, second, gamma, beta, dense],
    logits: (x) => {
      const y = tf.conv2d(
        tf.depthwiseConv2d(x, depthwise as tf.Tensor4D, 1, 'same'),
        pointwise as tf.Tensor4D,
        1,
        'same',
      );
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      const normal = tf.batchNorm(
        y,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        beta as tf.Tensor1D,
        gamma as tf.Tensor1D,
        1e-3,
      );
      const z = tf.depthwiseConv2d(
        tf.relu(normal) as tf.Tensor4D,
        second as tf.Tensor4D,
        2,
        'same',
      );
      return tf.matMul(tf.mean(z, [1, 2]) as tf.Tensor2D, dense as tf.Tensor2D);
    },
  };
}

const nets = { plain: plainNet, separable: separableNet };
const optimizers = { sgd: () => tf.train.sgd(0.1), adam: () => tf.train.adam(0.01) };

const steps = 6;

/**
 * Trains a net on the active backend; returns the loss before each step.
 * @param around runs the last step
 */
function train(
  makeNet: () => Net,
  makeOptimizer: () => tf.Optimizer,
  around = (step: () => void): void => step(),
): number[] {
  const net = makeNet();
  const optimizer = makeOptimizer();
  const x = tf.randomNormal([batch, 11, 12, 3], 0, 1, 'float32', 9) as tf.Tensor4D;
  const labels = tf.tidy(() => tf.oneHot([0, 1, 2, 0], 3));
  const losses: number[] = [];
  const step = () => {
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(labels, net.logits(x)),
      true,
      net.weights,
    ) as tf.Scalar;
    losses.push(loss.dataSync()[0]);
    loss.dispose();
  };
  step();
  // The first step makes the state of the optimizer.
  const { numTensors } = tf.memory();
  for (let i = 2; i < steps; i++) step();
  around(step);
  expect(tf.memory().numTensors, 'tensors after a step').to.equal(numTensors);
  optimizer.dispose();
  tf.dispose([net.weights, x, labels]);
  return losses;
}

/**
 * Kernels that convert in a step: pools compute their gradients by stock's kernels, gradients of strides
 * read smaller tiles, and dense layers make rows of images.
 */
const usual = ['MaxPoolGrad', 'Conv2DBackpropInput', 'BatchMatMul', 'Multiply', 'Add', 'read'];

/** The first reader of the gradient of a flattened image makes pixels of rows. */
const converting = { plain: [...usual, 'Conv2DBackpropFilter'], separable: usual };

describe('a training step on hardware', () => {
  for (const [netName, makeNet] of Object.entries(nets)) {
    for (const [name, makeOptimizer] of Object.entries(optimizers)) {
      it(`learns as on stock cpu, and stays in tiles: ${netName} net, ${name}`, async () => {
        await tf.setBackend('cpu');
        const wanted = train(makeNet, makeOptimizer);
        await withDriver(masks.hardware.apply, () => {
          const before = tf.memory().numTensors;
          let converted: Conversion[] = [];
          const losses = train(makeNet, makeOptimizer, (step) => {
            converted = conversionsIn(step, own);
          });
          for (const [i, loss] of losses.entries()) {
            const room = 1e-4 * Math.abs(wanted[i]);
            expect(loss, `loss ${i}`).to.be.closeTo(wanted[i], room);
          }
          const kernels = converted.map(({ kernel }) => kernel);
          const allowed = converting[netName as keyof typeof nets];
          expect(kernels.filter((kernel) => !allowed.includes(kernel))).to.deep.equal([]);
          expect(tiledInfo(own).ladder).to.deep.equal([]);
          expect(tf.memory().numTensors, 'tensors left').to.equal(before);
        });
      });
    }
  }
});
