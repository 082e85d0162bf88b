/** Tests of the checks that a recording on tiled-cpu must pass before it is used. */
import { expect } from 'chai';
import { capture } from '../../../../../src/index.js';
import {
  bitsOf,
  checked,
  expectEager,
  expectReplays,
  features,
  random,
  type Several,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { cpuBackend, name, recordings, withNet } from './cpuCaptureSupport.js';

/** Results that depend on a number that no engine can see. */
const changing: Record<string, (y: tf.Tensor, i: number) => Several> = {
  values: (y, i) => tf.add(y, i),
  'one value in many': (y, i) =>
    tf.where(tf.equal(tf.range(0, 8), i % 2 === 0 ? 3 : 4), tf.add(y, 1e-3), y),
  'the last bit': (y, i) => tf.mul(y, 1 + (i % 2) * 2 ** -23),
  shapes: (y, i) => tf.reshape(y, i % 2 === 0 ? [-1] : [99, 8]),
  types: (y, i) => tf.cast(tf.round(y), i % 2 === 0 ? 'int32' : 'float32'),
  'the number of outputs': (y, i) => (i % 2 === 0 ? [y, tf.neg(y)] : [tf.neg(y)]),
  'the order of outputs': (y, i) => (i % 2 === 0 ? [y, tf.neg(y)] : [tf.neg(y), y]),
  'a constant': (y, i) => [y, tf.tensor1d([i % 2, 3], 'int32')],
};

/** Returns the values of a tensor by a way that no engine can see. */
function valuesOf({ dataId }: tf.Tensor): Float32Array {
  return cpuBackend().data.get(dataId).values as Float32Array;
}

describe('capture on tiled-cpu: checks', () => {
  for (const [what, change] of Object.entries(changing)) {
    it(`refuse a model that changes ${what} from call to call`, () =>
      withNet(async (_, w) => {
        let calls = 0;
        const call = (t: tf.Tensor) =>
          tf.tidy(() => change(features(w, t), calls++) as tf.Tensor) as Several;
        const x = random();
        const fast = await capture<tf.Tensor, Several>(call, x);
        for (let i = 0; i < 6; i++) {
          const before = calls;
          tf.dispose(fast.predict(x) as tf.Tensor);
          expect(calls, 'the model was called').to.be.above(before);
          await checked(fast);
        }
        expect(fast.info).to.include({ captured: false, replays: 0, recordings: 0 });
        expect(fast.info.reason).to.match(/other bits|eagerly|number of outputs/);
        expect(recordings().size).to.equal(0);
        const before = calls;
        for (let i = 0; i < 70; i++) tf.dispose(fast.predict(x) as tf.Tensor);
        expect(calls, 'recorded once more').to.equal(before + 70);
        fast.dispose();
        x.dispose();
      }));
  }

  it('refuse a model that computes something else when it is recorded once more', () =>
    withNet(async (_, w) => {
      let calls = 0;
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = features(w, t);
          let z = tf.cumsum(tf.neg(y), 1);
          for (let i = 0; i < 3; i++) z = tf.relu(tf.add(z, i));
          // In this call, the block of y belongs to one of the results above by now.
          return ++calls === 5 ? tf.add(z, y) : z;
        });
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      await expectEager(fast, call, random, /computes something else each time/);
      fast.dispose();
      x.dispose();
    }));

  it('are spared what depends on no input: it is computed once', () =>
    withNet(async (_, w) => {
      const x = random();
      const by = (scale: () => tf.Tensor) => (t: tf.Tensor) =>
        tf.tidy(() => tf.mul(features(w, t), scale()));
      const without = await capture<tf.Tensor>(
        by(() => w.bias),
        x,
      );
      const fast = await capture<tf.Tensor>(
        by(() => tf.sigmoid(tf.cumsum(tf.relu(tf.add(w.bias, 1))))),
        x,
      );
      expect(fast.info.constants).to.equal(without.info.constants + 4);
      expect(fast.info.steps).to.equal(without.info.steps);
      expect(fast.info.hostSteps).to.deep.equal({});
      fast.dispose();
      without.dispose();
      x.dispose();
    }));

  it('refuse a model that takes a value of its inputs for a constant', () =>
    withNet(async (_, w) => {
      const call = (t: tf.Tensor) => tf.tidy(() => tf.add(features(w, t), valuesOf(t)[0]));
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      await expectEager(fast, call, random, /other bits/);
      fast.dispose();
      x.dispose();
    }));

  it('are as many as two eager predictions, with the values of the inputs in another order', () =>
    withNet(async (model) => {
      const seen: string[] = [];
      const call = (t: tf.Tensor) => {
        seen.push(valuesOf(t).join());
        return model(t);
      };
      const x = random();
      const fast = await capture(call, x);
      // Two, one that is recorded twice as well, and one more check with other values.
      expect(seen).to.have.lengthOf(6);
      expect(new Set(seen).size).to.equal(2);
      expect(new Set(seen.slice(0, 5)).size).to.equal(1);
      expect(fast.info).to.include({ captured: true, eager: 4, replays: 0 });
      fast.dispose();
      x.dispose();
    }));

  it('are not shared between backends: capture() captures for the one that it is told', () =>
    withNet(async (model) => {
      const x = random();
      await tf.setBackend('cpu');
      const fast = await capture(model, x, { backend: name });
      expect(tf.getBackend()).to.equal('cpu');
      const y = fast.predict(x);
      const expected = model(x);
      expect(bitsOf(y.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
      expect(fast.info.replays).to.equal(0);
      await tf.setBackend(name);
      for (let i = 0; i < 8 && !fast.info.captured; i++) {
        fast.predict(x).dispose();
        await checked(fast);
      }
      await expectReplays(fast, model, random);
      fast.dispose();
      tf.dispose([x, y, expected]);
    }));
});
