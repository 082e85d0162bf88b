/** Tests of models that keep tensors from one prediction to the next: they must run eagerly. */
import { expect } from 'chai';
import { capture } from '../../../../src/index.js';
import { tf } from '../../../support/setup.js';
import {
  bitsOf,
  checked,
  expectEager,
  expectEqual,
  features,
  net,
  places,
  random,
  withNet,
} from './captureSupport.js';

describe('capture: a prediction that leaves tensors behind is eager', () => {
  it('if the model assigns what it computes to a variable, once a prediction', () =>
    withNet(async () => {
      const cell = () => {
        const state = tf.tidy(() => tf.variable(tf.zeros([6, 700])));
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const next = tf.tanh(tf.add(tf.mul(state, 0.5), tf.cast(t, 'float32')));
            state.assign(next);
            return tf.mul(next, 2);
          });
        return { state, call };
      };
      const [one, two] = [cell(), cell()];
      const make = () => random([6, 700]);
      const x = make();
      const fast = await capture<tf.Tensor>(one.call, x);
      expect(fast.info.reason).to.match(/assigns to a variable/);
      tf.tidy(() => one.state.assign(tf.zeros([6, 700])));
      await expectEager(fast, two.call, make, /assigns to a variable/);
      const whole = () => tf.randomUniform([6, 700], -3, 3, 'int32');
      await expectEager(fast, two.call, whole, /assigns to a variable/);
      fast.dispose();
      tf.dispose([x, one.state, two.state]);
    }));

  for (const place of ['on the CPU', 'in planes', 'in an unpacked stock texture'] as const) {
    const make = places[place];

    it(`if the model keeps a pending result, for inputs ${place}`, () =>
      withNet(async (_, w) => {
        let kept: tf.Tensor | null = null;
        const call = (t: tf.Tensor) => {
          kept?.dispose();
          kept = features(w, t);
          return tf.mul(kept, 2);
        };
        const x = make();
        const fast = await capture<tf.Tensor>(call, x);
        for (let i = 0; i < 8; i++) {
          const t = make();
          const found = fast.predict(t);
          await checked(fast);
          t.dispose();
          tf.dispose(tf.tidy(() => [net(w, x), tf.neg(features(w, x))]));
          const half = tf.tidy(() => tf.mul(found, 0.5));
          expectEqual(kept as unknown as tf.Tensor, half);
          found.dispose();
        }
        expect(fast.info.reason).to.match(/keeps a tensor/);
        fast.dispose();
        x.dispose();
      }));

    it(`if the model keeps its input, for inputs ${place}`, () =>
      withNet(async (model) => {
        let kept: tf.Tensor | null = null;
        const call = (t: tf.Tensor) => {
          kept?.dispose();
          kept = t.clone();
          return model(t);
        };
        const x = make();
        const fast = await capture<tf.Tensor>(call, x);
        for (let i = 0; i < 8; i++) {
          const t = make();
          const copy = tf.tidy(() => tf.add(t, 0));
          fast.predict(t).dispose();
          await checked(fast);
          t.dispose();
          expectEqual(kept as unknown as tf.Tensor, copy);
        }
        expect(fast.info.reason).to.match(/keeps/);
        fast.dispose();
        x.dispose();
      }));
  }

  it('if the model keeps a drawn result, which stays the same', () =>
    withNet(async (_, w) => {
      const kept: tf.Tensor[] = [];
      const call = (t: tf.Tensor) => {
        const sums = tf.tidy(() => tf.keep(tf.cumsum(features(w, t), 3)));
        kept.push(sums);
        return tf.tidy(() => tf.cumsum(tf.mul(sums, 2), 2));
      };
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      expect(fast.info.reason).to.match(/keeps a tensor/);
      // capture() predicts the values of x in another order as well.
      const values = x.dataSync().slice();
      const turned = values.slice();
      for (const [i, value] of values.entries()) turned[(i + 1) % values.length] = value;
      const expected = tf.tidy(() =>
        [values, turned].map((all) =>
          bitsOf(tf.cumsum(features(w, tf.tensor(all, x.shape)), 3).dataSync()),
        ),
      );
      for (const sums of kept) expect(expected).to.deep.include(bitsOf(sums.dataSync()));
      fast.dispose();
      tf.dispose([x, ...kept]);
    }));
});
