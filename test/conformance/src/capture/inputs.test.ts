/** Tests of the inputs of captured predictions: their places, shapes and types, and their owners. */
import { expect } from 'chai';
import { capture } from '../../../../src/index.js';
import { leavingNothing, tiledBackend } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';
import {
  bitsOf,
  errorOf,
  expectReplays,
  expectSame,
  name,
  net,
  places,
  random,
  settle,
  shape,
  withNet,
} from './captureSupport.js';

const recordOf = (x: tf.Tensor) => tiledBackend().getDataInfo(x.dataId);

describe('capture: inputs', () => {
  for (const [place, make] of Object.entries(places)) {
    it(`${place} are predicted from a recording as soon as the model is captured`, () =>
      withNet(async (model) => {
        const x = make();
        const fast = await capture(model, x);
        expect(fast.info).to.include({ captured: true, reason: null });
        await expectReplays(fast, model, make);
        fast.dispose();
        x.dispose();
      }));
  }

  it('are in the places that these tests name', () =>
    leavingNothing(() => {
      for (const [place, make] of Object.entries(places)) {
        const x = make();
        const { texture, isPacked, slice, values } = recordOf(x) as ReturnType<typeof recordOf> & {
          slice?: object;
        };
        if (place === 'on the CPU') expect(values, place).to.not.equal(null);
        else expect(values ?? null, place).to.equal(null);
        expect(slice != null, place).to.equal(place.includes('slice'));
        if (slice != null) {
          x.dispose();
          continue;
        }
        expect(texture != null, place).to.equal(place.includes('texture'));
        if (texture != null) expect(isPacked ?? false, place).to.equal(/ packed/.test(place));
        x.dispose();
      }
    }));

  it('of all places in turn have the bits of the model, with few kinds kept and with many', () =>
    withNet(async (model) => {
      const x = random();
      for (const kinds of [1, 3, 16]) {
        const fast = await capture(model, x, { kinds });
        for (let i = 0; i < 5; i++) {
          for (const make of Object.values(places)) {
            const t = make();
            await expectSame(fast, model, t);
            t.dispose();
          }
          expect(fast.info.recordings).to.be.at.most(kinds);
        }
        if (kinds === 16) expect(fast.info.recordings).to.be.at.least(3);
        fast.dispose();
      }
      x.dispose();
    }));

  it('of types int32 and bool have the bits of the model', () =>
    withNet(async (model) => {
      const whole = () => tf.randomUniform(shape, -50, 50, 'int32');
      const bool = () => tf.tidy(() => tf.greater(random(), 0));
      const x = whole();
      const fast = await capture(model, x);
      await expectReplays(fast, model, whole);
      for (const make of [bool, random]) {
        await settle(fast, model, make);
        await expectReplays(fast, model, make);
      }
      await expectReplays(fast, model, whole);
      expect(fast.info.recordings).to.equal(3);
      fast.dispose();
      x.dispose();
    }));

  it('that share their data are told from those that do not', () =>
    withNet(async (_, w) => {
      const pair = ([a, b]: tf.Tensor[]) =>
        tf.tidy(() => net(w, tf.add(tf.mul(a, 2), tf.reshape(b, shape))));
      const x = random();
      const fast = await capture<tf.Tensor[]>(pair, [x, x]);
      for (let i = 0; i < 6; i++) {
        const [a, b] = [random(), random()];
        const view = tf.reshape(a, [shape[1], -1]);
        await expectSame(fast, pair, [a, a]);
        await expectSame(fast, pair, [a, b]);
        await expectSame(fast, pair, [a, view]);
        await expectSame(fast, pair, [b, view]);
        tf.dispose([a, b, view]);
      }
      expect(fast.info.replays).to.be.above(4);
      fast.dispose();
      x.dispose();
    }));

  it('may be a weight, and then something else', () =>
    withNet(async (_, w) => {
      const weight = tf.tidy(() => tf.cumsum(random([2, 9, 11, 5]), 1));
      const times = (t: tf.Tensor) => tf.tidy(() => net(w, tf.mul(tf.sin(t), weight)));
      const x = random();
      const fast = await capture(times, x);
      for (let i = 0; i < 6; i++) await expectSame(fast, times, weight);
      const make = () => tf.tidy(() => tf.cumsum(random([2, 9, 11, 5]), 1));
      for (let i = 0; i < 6; i++) {
        const t = make();
        await expectSame(fast, times, t);
        t.dispose();
      }
      fast.dispose();
      tf.dispose([x, weight]);
    }));

  it('few enough for the CPU have the bits that the model computes there', () =>
    withNet(async () => {
      const values = () => Array.from({ length: 60 }, () => 4 * Math.random() - 2);
      const small = (t: tf.Tensor) => tf.tidy(() => tf.exp(tf.div(t, 3)));
      const x = tf.tensor1d(values());
      const fast = await capture(small, x);
      for (let i = 0; i < 4; i++) {
        const same = values();
        const [a, b] = [tf.tensor1d(same), tf.tensor1d(same)];
        const [found, expected] = [fast.predict(a), small(b)];
        expect(bitsOf(await found.data())).to.deep.equal(bitsOf(await expected.data()));
        tf.dispose([a, b, found, expected]);
      }
      fast.dispose();
      x.dispose();
    }));

  it('are not disposed of by capture(), and keep their values', () =>
    withNet(async (model) => {
      for (const make of Object.values(places)) {
        const x = make();
        const copy = tf.tidy(() => tf.add(x, 0));
        const fast = await capture(model, x);
        fast.predict(x).dispose();
        expect(await x.data()).to.deep.equal(await copy.data());
        fast.dispose();
        tf.dispose([x, copy]);
      }
    }));

  it('that the model disposes of are disposed of once, in eager predictions and replays', () =>
    withNet(async (_, w) => {
      const consuming = (t: tf.Tensor) => {
        const y = net(w, t);
        t.dispose();
        return y;
      };
      const x = random();
      const fast = await capture(consuming, x);
      expect(x.isDisposed, 'the example').to.equal(false);
      for (let i = 0; i < 8; i++) {
        const t = random();
        const expected = net(w, t);
        const found = fast.predict(t);
        expect(t.isDisposed, 'input').to.equal(true);
        expect(await found.data()).to.deep.equal(await expected.data());
        tf.dispose([found, expected]);
      }
      fast.dispose();
      x.dispose();
    }));

  for (const [kind, make] of [
    ['without values', () => tf.zeros([0, 4])],
    ['with complex values', () => tf.tidy(() => tf.complex(random(), random()))],
    ['with strings', () => tf.tensor1d(['a', 'b'])],
  ] as const) {
    it(`${kind} are predicted as the model does`, async () => {
      await tf.setBackend(name);
      const { numTensors } = tf.memory();
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          if (t.dtype === 'string') return tf.cumsum(tf.fill(t.shape, 4));
          return tf.mul(t.dtype === 'complex64' ? tf.real(t) : t, 3);
        });
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      for (let i = 0; i < 6; i++) {
        const t = make();
        await expectSame(fast, call, t);
        t.dispose();
      }
      fast.dispose();
      x.dispose();
      expect(tf.memory().numTensors).to.equal(numTensors);
    });
  }

  it('that were disposed of give a clear error', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      x.dispose();
      expect(await errorOf(() => fast.predict(x))).to.match(/disposed/);
      fast.dispose();
    }));
});
