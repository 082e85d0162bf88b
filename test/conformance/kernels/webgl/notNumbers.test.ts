/** Tests of NaN and infinities in element-wise kernels on planes: results equal stock cpu's. */
import { boundedActivations, UNIT } from '../../../../src/validator/index.js';
import { leavingNothing, type Shape4 } from '../../../support/residencySupport.js';
import { type Bounded, exactly, expectWithin, swish, tanh } from '../../../support/rounding.js';
import { tf } from '../../../support/setup.js';

const shape: Shape4 = [1, 2, 3, 4];
const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 3e38, -3e38];
const values = Float32Array.from({ length: 24 }, (_, i) => odd[i % 12] ?? i - 15);

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

/** Functions that round, with bounds on their errors; the other functions return exact values. */
const rounded: Record<string, (x: Bounded) => Bounded> = {
  elu: (x) => boundedActivations.elu(x, 0),
  sigmoid: (x) => boundedActivations.sigmoid(x, 0),
  tanh: ({ value }) => tanh(value),
  'x * sigmoid(x)': swish,
};

/**
 * Returns the bound on the distance from stock cpu's result for x, which is the true one rounded to
 * nearest. Exponentials of 3e38 and of infinities overflow or vanish on any engine.
 */
function boundFor(name: string, x: number): number {
  if (!(name in rounded) || !(Math.abs(x) < 100)) return 0;
  const { value, bound } = rounded[name](exactly(x));
  return bound + UNIT * Math.abs(value);
}

/** Returns the values as the result of a convolution that changes none of them. */
function convolved(): tf.Tensor4D {
  const x = tf.tensor4d(values, shape);
  return tf.depthwiseConv2d(x, tf.ones([1, 1, 4, 1]) as tf.Tensor4D, 1, 'valid');
}

describe('NaN and infinities in planes', () => {
  for (const [name, f] of Object.entries(functions)) {
    for (const isDrawn of [false, true]) {
      it(`pass through ${name} as on stock cpu, ${isDrawn ? 'from drawn planes' : 'fused with a convolution'}`, () =>
        leavingNothing(async () => {
          await tf.setBackend('cpu');
          const expected = tf.tidy(() => f(tf.tensor4d(values, shape)).dataSync());
          await tf.setBackend('tiled-webgl');
          const found = tf.tidy(() => {
            const x = convolved();
            if (isDrawn) x.dataSync();
            return f(x).dataSync();
          });
          const truth = Array.from(expected, (value, i) => {
            return { value, bound: boundFor(name, values[i]) };
          });
          expectWithin(found, truth, `of ${values.join()}`);
        }));
    }
  }
});
