/** Tests of NaN and infinities in element-wise kernels on planes: results equal stock cpu's. */
import { expect } from 'chai';
import { leavingNothing, type Shape4 } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const shape: Shape4 = [1, 2, 3, 4];
const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 3e38, -3e38];
const values = Float32Array.from({ length: 24 }, (_, i) => odd[i % odd.length] ?? i);

const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  relu: tf.relu,
  relu6: tf.relu6,
  elu: tf.elu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  leakyRelu: (x) => tf.leakyRelu(x, 0.25),
  prelu: (x) => tf.prelu(x, tf.tensor1d([0.5, 0.25, 2, 1])),
  clipByValue: (x) => tf.clipByValue(x, -2, 2),
  'x * sigmoid(x)': (x) => tf.mul(x, tf.sigmoid(x)),
};

/** Returns the values as the result of a convolution that changes none of them. */
function convolved(): tf.Tensor4D {
  const x = tf.tensor4d(values, shape);
  return tf.depthwiseConv2d(x, tf.ones([1, 1, 4, 1]) as tf.Tensor4D, 1, 'valid');
}

describe('what is no number, in planes', () => {
  for (const [name, f] of Object.entries(functions)) {
    for (const isDrawn of [false, true]) {
      it(`goes through ${name} as on the CPU${isDrawn ? ', from planes that are drawn' : ''}`, () =>
        leavingNothing(async () => {
          await tf.setBackend('cpu');
          const expected = tf.tidy(() => f(tf.tensor4d(values, shape)).dataSync());
          await tf.setBackend('tiled-webgl');
          const found = tf.tidy(() => {
            const x = convolved();
            if (isDrawn) x.dataSync();
            return f(x).dataSync();
          });
          for (const [i, value] of found.entries()) {
            const where = `of ${values[i]}`;
            if (!Number.isFinite(expected[i])) expect(value, where).to.deep.equal(expected[i]);
            else
              expect(value, where).to.be.closeTo(expected[i], 1e-6 * Math.abs(expected[i]) + 1e-6);
          }
        }));
    }
  }
});
