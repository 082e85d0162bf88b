/** Tests of the outputs of captured predictions on tiled-cpu, which belong to the caller. */
import { expect } from 'chai';
import { capture } from '../../../../../src/index.js';
import {
  bitsOf,
  expectEager,
  expectReplays,
  features,
  net,
  random,
  type Several,
  type Weights,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { held, withNet } from './cpuCaptureSupport.js';

type Model = (w: Weights, x: tf.Tensor) => Several;

const tidied =
  (make: Model): Model =>
  (w, x) =>
    tf.tidy(() => make(w, x) as tf.Tensor);

const sums = (w: Weights, x: tf.Tensor) => tf.cumsum(features(w, x), 3);

/** Models by the kind of their outputs. */
const models: Record<string, Model> = {
  'on the heap': features,
  "of stock's kernels": tidied(sums),
  'on the heap, which a stock kernel has read': tidied((w, x) => {
    const y = features(w, x);
    return [y, tf.cumsum(y, 3)];
  }),
  'of stock kernels, which our kernels have read': tidied((w, x) => {
    const y = sums(w, x);
    return [y, tf.relu(tf.sub(y, 1)), tf.mul(y, y)];
  }),
  'that share their data by reshape': tidied((w, x) => {
    const y = features(w, x);
    return { flat: tf.reshape(y, [-1]), y, turned: tf.reshape(y, [1, 11, 9, 8]) };
  }),
  'that are one tensor twice': tidied((w, x) => {
    const y = net(w, x);
    return [y, tf.neg(y), y];
  }),
  'of which others are computed': tidied((w, x) => {
    const y = features(w, x);
    const z = tf.relu(tf.sub(y, 0.5)) as tf.Tensor4D;
    const pooled = tf.maxPool(z, 2, 2, 'same');
    return [pooled, y, z, tf.cumsum(pooled, 1), sums(w, x)];
  }),
  'of other types': tidied((w, x) => {
    const y = sums(w, x);
    return [
      tf.cast(y, 'int32'),
      tf.greater(y, 0),
      tf.argMax(y, 3),
      tf.cast(tf.greater(y, 1), 'int32'),
    ];
  }),
  'of another type, with data that our kernels read as floats': tidied((w, x) => {
    const most = tf.argMax(features(w, x), 3);
    const isOdd = tf.equal(tf.mod(most, 2), 1);
    return [most, tf.relu(tf.cast(most, 'float32')), isOdd, tf.mul(tf.cast(isOdd, 'float32'), 3)];
  }),
  'of bools and whole numbers on the way': tidied((w, x) => {
    const y = features(w, x);
    const isHigh = tf.logicalAnd(tf.greater(y, 0), tf.lessEqual(y, tf.mean(y)));
    const whole = tf.cast(tf.round(tf.mul(y, 9)), 'int32');
    const odd = tf.logicalNot(tf.equal(tf.mod(whole, tf.scalar(2, 'int32')), 0));
    const chosen = tf.where(tf.logicalOr(isHigh, odd), tf.mul(y, 2), tf.neg(y));
    return [chosen, isHigh, whole, tf.add(tf.cast(odd, 'float32'), chosen)];
  }),
  'that are constants of values': tidied((w, x) => [net(w, x), tf.tensor1d([1, 2, 3])]),
  'that are computed constants': tidied((w, x) => {
    const ones = tf.fill([9, 700], 0.25);
    return [net(w, x), tf.cumsum(ones, 1), tf.exp(w.bias), tf.cumsum(tf.reshape(w.filter, [-1]))];
  }),
  'that are constants alone': tidied((w) => [tf.exp(w.bias), tf.cumsum(w.bias), tf.range(0, 5)]),
  'without values': tidied((w, x) => [net(w, x), tf.slice(sums(w, x), [0, 0], [0, 9])]),
  'of rank 0': tidied((w, x) => [tf.mean(features(w, x)), tf.max(sums(w, x))]),
};

describe('capture on tiled-cpu: outputs', () => {
  for (const [kind, model] of Object.entries(models)) {
    it(`${kind} have the bits of the model, and count as those of the model do`, () =>
      withNet(async (_, w) => {
        const call = (x: tf.Tensor) => model(w, x);
        const x = random();
        const fast = await capture<tf.Tensor, Several>(call, x);
        await expectReplays(fast, call, random);
        const before = held();
        const eager = call(x);
        const { numTensors, numDataBuffers, numBytes, dataIds } = held();
        tf.dispose(eager as tf.Tensor);
        expect(held(), 'after an eager prediction').to.deep.equal(before);
        const found = fast.predict(x);
        expect(held()).to.include({ numTensors, numDataBuffers, numBytes, dataIds });
        tf.dispose(found as tf.Tensor);
        expect(held(), 'after a replay').to.deep.equal(before);
        fast.dispose();
        x.dispose();
      }));
  }

  it('that are kept stay the same in later replays, and after dispose()', () =>
    withNet(async (_, w) => {
      const x = random();
      const call = (t: tf.Tensor) => [features(w, t), net(w, t), sums(w, t)];
      const tidy = (t: tf.Tensor) => tf.tidy(() => call(t));
      const fast = await capture<tf.Tensor, tf.Tensor[]>(tidy, x);
      const kept: [tf.Tensor, tf.Tensor][] = [];
      for (let i = 0; i < 8; i++) {
        const t = random();
        const [found, expected] = [fast.predict(t), tidy(t)];
        kept.push(...found.map((y, j): [tf.Tensor, tf.Tensor] => [y, expected[j]]));
        if (i % 3 === 1) tf.dispose(kept.splice(0, 1)[0]);
        t.dispose();
      }
      fast.dispose();
      tf.dispose(tidy(x));
      for (const [found, expected] of kept) {
        expect(bitsOf(found.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
        tf.dispose([found, expected]);
      }
      x.dispose();
    }));

  it('whose arrays the caller writes to are not those of later predictions', () =>
    withNet(async (_, w) => {
      const values = [1, 2, 3];
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const one = tf.tensor1d(values, 'int32');
          return [features(w, t), sums(w, t), one, tf.range(0, 4), tf.argMax(features(w, t), 3)];
        });
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      for (let i = 0; i < 3; i++) {
        const [found, expected] = [fast.predict(x), call(x)];
        for (const [j, y] of found.entries()) {
          const array = y.dataSync();
          expect(bitsOf(array), `output ${j}`).to.deep.equal(bitsOf(expected[j].dataSync()));
          array.fill(77);
        }
        tf.dispose([...found, ...expected]);
      }
      expect(fast.info.replays).to.equal(3);
      fast.dispose();
      x.dispose();
    }));

  it('of models that are disposed of one by one, in any order, leave nothing', () =>
    withNet(async (_, w) => {
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = features(w, t);
          return [y, tf.reshape(y, [-1]), y];
        });
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      const before = held();
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 0, 2],
      ]) {
        const found = fast.predict(x);
        const bits = bitsOf(found[1].dataSync());
        expect(found[2], 'one tensor').to.equal(found[0]);
        for (const i of order) {
          if (found[i].isDisposed) continue;
          expect(bitsOf(found[i].dataSync())).to.deep.equal(bits);
          found[i].dispose();
        }
        expect(held()).to.deep.equal(before);
      }
      fast.dispose();
      x.dispose();
    }));

  it('that are disposed of by tf.tidy() leave nothing', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      const expected = model(x);
      const before = held();
      const values = tf.tidy(() => tf.tidy(() => fast.predict(x)).dataSync());
      expect(bitsOf(values)).to.deep.equal(bitsOf(expected.dataSync()));
      expect(held()).to.deep.equal(before);
      const kept = tf.tidy(() => {
        fast.predict(x);
        return tf.tidy(() => fast.predict(tf.add(x, 0)));
      });
      expect(tf.memory().numTensors).to.equal(before.numTensors + 1);
      expect(bitsOf(kept.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
      expect(fast.info.replays).to.equal(3);
      fast.dispose();
      tf.dispose([x, kept, expected]);
    }));

  it('are read while others are predicted, and after they are disposed of', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      const pairs = [];
      for (let i = 0; i < 4; i++) {
        const t = random();
        const [found, expected] = [fast.predict(t), model(t)];
        pairs.push([found.data(), expected.data()]);
        tf.dispose([t, found, expected]);
      }
      for (const [found, expected] of pairs) {
        expect(bitsOf(await found)).to.deep.equal(bitsOf(await expected));
      }
      fast.dispose();
      x.dispose();
    }));

  it('become the next inputs', () =>
    withNet(async () => {
      const w = { filter: random([3, 3, 5, 5]), bias: tf.randomUniform([5]) as tf.Tensor1D };
      const model = (t: tf.Tensor) => tf.tidy(() => tf.tanh(features(w, t)));
      const x = random();
      const fast = await capture<tf.Tensor>(model, x);
      let [found, expected] = [fast.predict(x), model(x)];
      for (let i = 0; i < 12; i++) {
        const last = [found, expected];
        [found, expected] = [fast.predict(found), model(expected)];
        tf.dispose(last);
      }
      expect(fast.info.replays).to.equal(13);
      expect(bitsOf(found.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
      fast.dispose();
      tf.dispose([x, found, expected, w.filter, w.bias]);
    }));

  it('move to another backend as eager ones do', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      for (let i = 0; i < 2; i++) {
        const [found, expected] = [fast.predict(x), model(x)];
        await tf.setBackend('cpu');
        const [a, b] = [tf.sum(found), tf.sum(expected)];
        expect(bitsOf(a.dataSync())).to.deep.equal(bitsOf(b.dataSync()));
        tf.dispose([a, b]);
        await tf.setBackend('tiled-cpu');
        expect(bitsOf(found.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
        tf.dispose([found, expected]);
      }
      fast.dispose();
      x.dispose();
    }));

  it('of complex numbers are predicted eagerly', () =>
    withNet(async (model) => {
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = model(t);
          return [tf.real(tf.complex(y, tf.neg(y))), tf.imag(tf.complex(y, tf.neg(y)))];
        });
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      await expectEager(fast, call, random, /complex/);
      fast.dispose();
      x.dispose();
    }));
});
