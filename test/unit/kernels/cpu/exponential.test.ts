/** Tests of sigmoid, elu, tanh and exp on tiled-cpu against float64, in units in the last place. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';

/** Inputs of every scale from 2^-40 to 2^7 and of both signs, and special values. */
const inputs = Float32Array.from([
  ...Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 2 ** (-40 + (47 * i) / 4000)),
  ...[0, -0, 88.7, 88.73, -87.3, -103.9, -104.5, 1e30, -1e30, Infinity, -Infinity, NaN],
]);

const exact: Record<string, (v: number) => number> = {
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
  elu: (v) => (v < 0 ? Math.expm1(v) : v),
  tanh: Math.tanh,
  exp: Math.exp,
};

const ours: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  sigmoid: tf.sigmoid,
  elu: tf.elu,
  tanh: tf.tanh,
  exp: tf.exp,
};

/** Returns the distance between float32 neighbours at v. */
const unit = (v: number) => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(v)))) - 23);

describe('exponential functions of tiled-cpu', () => {
  for (const name of Object.keys(exact)) {
    it(`${name} is within 3 units in the last place`, async () => {
      await tf.setBackend('tiled-cpu');
      const y = ours[name](tf.tensor1d(inputs)).dataSync();
      for (const [i, v] of inputs.entries()) {
        const right = Math.fround(exact[name](v));
        if (Number.isFinite(right) && right !== 0) {
          // A result below the smallest normal number may be zero.
          const off = Math.abs(y[i] - right) / unit(right);
          const isTiny = Math.abs(right) < 2 ** -125 && y[i] === 0;
          if (!(off <= 3) && !isTiny) expect(y[i], `${name}(${v})`).to.equal(right);
        } else if (!(Math.abs(y[i]) <= 2 ** -148 && right === 0)) {
          expect(y[i], `${name}(${v})`).to.deep.equal(right);
        }
      }
    });
  }
});
