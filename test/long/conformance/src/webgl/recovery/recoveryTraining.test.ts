/** Tests of a context that is lost while a model learns, or under a model of layers. */
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import {
  expectContextLost,
  expectTensorLost,
  info,
  loseContext,
  withLosses,
  withWeights,
} from '../../../../../conformance/src/webgl/recovery/recoverySupport.js';
import { wholeNumbers } from '../../../../../support/residencySupport.js';
import { tf } from '../../../../../support/setup.js';

describe('lost context: training', () => {
  it('keeps the weights and answers of a layers model', () =>
    withLosses(() => {
      const model = sequential({
        layers: [
          layers.conv2d({ inputShape: [9, 9, 3], filters: 8, kernelSize: 3, useBias: false }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu' }),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dense({ units: 5, activation: 'softmax' }),
        ],
      });
      const answer = () =>
        tf.tidy(() => {
          const x = tf.tensor4d(wholeNumbers([2, 9, 9, 3]), [2, 9, 9, 3]);
          return [...(model.predict(x) as tf.Tensor).dataSync()];
        });
      const expected = answer();
      expect(expected[0]).to.be.within(0, 1);
      loseContext();
      expect(answer()).to.deep.equal(expected);
      expect(info()).to.include({ tensorsLost: 0 });
      model.dispose();
    }));

  it('does not stop training of variables that come from the CPU', () =>
    withLosses(() => {
      const w = tf.tidy(() => tf.variable(tf.tensor1d([2, 3])));
      const step = () =>
        tf.tidy(() => {
          const { grads } = tf.variableGrads(() => tf.sum(tf.square(w)) as tf.Scalar, [w]);
          return [...grads[w.name].dataSync()];
        });
      const before = step();
      loseContext();
      expect(step()).to.deep.equal(before);
      w.dispose();
    }));

  it('reports trained variables and pictures as lost', () =>
    withLosses(async () => {
      const w = tf.tidy(() => tf.variable(tf.tensor1d([2, 3])));
      const optimizer = tf.train.sgd(0.25);
      optimizer.minimize(() => tf.sum(tf.square(w)) as tf.Scalar);
      expect([...w.dataSync()]).to.deep.equal([1, 1.5]);
      optimizer.minimize(() => tf.sum(tf.square(w)) as tf.Scalar);
      const canvas = new OffscreenCanvas(20, 30);
      canvas.getContext('2d')?.fillRect(0, 0, 9, 9);
      const picture = tf.browser.fromPixels(canvas as unknown as HTMLCanvasElement);
      loseContext();
      await expectTensorLost(() => w.data(), /a tensor \[2\] of float32/);
      await expectTensorLost(() => picture.data(), /a tensor \[30,20,3\] of int32/);
      optimizer.dispose();
      tf.dispose([w, picture]);
    }));

  it('ends a gradient in an error when it happens inside the tape, and the next one is right', () =>
    withWeights(async (weights) => {
      const input = tf.tensor4d(wholeNumbers([1, 12, 11, 4]), [1, 12, 11, 4]);
      const gradient = (between = () => {}) =>
        tf.tidy(() => {
          const loss = (filter: tf.Tensor) => {
            const y = tf.relu(tf.conv2d(input, filter as tf.Tensor4D, 1, 'same'));
            between();
            return tf.sum(tf.square(y));
          };
          return [...tf.grad(loss)(weights.conv).dataSync()];
        });
      const before = gradient();
      await expectContextLost(() => gradient(loseContext));
      // tfjs does not free what a tape has saved when its function throws.
      const { state } = tf.engine();
      for (const { saved } of state.activeTape) tf.dispose(saved);
      expect(gradient()).to.deep.equal(before);
      input.dispose();
    }));
});
