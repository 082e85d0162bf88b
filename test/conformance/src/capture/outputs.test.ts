/** Tests of the outputs of captured predictions, which belong to the caller. */
import { expect } from 'chai';
import { capture } from '../../../../src/index.js';
import { tf } from '../../../support/setup.js';
import {
  bitsOf,
  expectEager,
  expectReplays,
  features,
  net,
  random,
  type Several,
  shape,
  type Weights,
  withNet,
} from './captureSupport.js';

type Model = (w: Weights, x: tf.Tensor) => Several;

const tidied =
  (make: Model): Model =>
  (w, x) =>
    tf.tidy(() => make(w, x) as tf.Tensor);

const sums = (w: Weights, x: tf.Tensor) => tf.cumsum(features(w, x), 3);

/** Models by the kind of their outputs. */
const models: Record<string, Model> = {
  'that are pending': features,
  'in a stock texture': tidied(sums),
  'in a packed stock texture': tidied((w, x) => tf.transpose(sums(w, x))),
  'in planes, which a stock kernel has read': tidied((w, x) => {
    const y = features(w, x);
    return [y, tf.cumsum(y, 3)];
  }),
  'that are shallow slices': tidied((w, x) => tf.slice(sums(w, x), [0, 2], [1, 3])),
  'that are slices of a packed texture': tidied((w, x) =>
    tf.slice(tf.transpose(sums(w, x)), [1], [3]),
  ),
  'that are slices of one another': tidied((w, x) => {
    const y = tf.slice(sums(w, x), [0, 1], [1, 6]);
    return [y, tf.slice(y, [0, 2], [1, 2]), tf.neg(y)];
  }),
  'that share their data by reshape': tidied((w, x) => {
    const y = sums(w, x);
    return { flat: tf.reshape(y, [-1]), y, turned: tf.reshape(y, [1, 11, 9, 8]) };
  }),
  'that share planes by reshape': tidied((w, x) => {
    const y = features(w, x);
    return [tf.reshape(y, [-1]), y];
  }),
  'that share planes by transposition': tidied((w, x) => {
    const y = features(w, x);
    return [tf.transpose(y, [0, 3, 1, 2]), y];
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
  'that are constants of values': tidied((w, x) => [net(w, x), tf.tensor1d([1, 2, 3])]),
  'that are computed constants': tidied((w, x) => {
    const ones = tf.fill([9, 700], 0.25);
    return [net(w, x), tf.cumsum(ones, 1), tf.exp(w.bias), tf.cumsum(tf.reshape(w.filter, [-1]))];
  }),
  'without values': tidied((w, x) => [net(w, x), tf.slice(sums(w, x), [0, 0], [0, 9])]),
};

describe('capture: outputs', () => {
  it('that share the planes of an input have the bits of the model', () =>
    withNet(async (_, w) => {
      const call = (x: tf.Tensor) => tf.tidy(() => [tf.transpose(x, [0, 3, 1, 2]), tf.relu(x)]);
      const inPlanes = () => tf.tidy(() => features(w, random()));
      const x = inPlanes();
      const fast = await capture<tf.Tensor, Several>(call, x);
      await expectReplays(fast, call, inPlanes);
      fast.dispose();
      x.dispose();
    }));

  for (const [kind, model] of Object.entries(models)) {
    it(`${kind} have the bits of the model`, () =>
      withNet(async (_, w) => {
        const call = (x: tf.Tensor) => model(w, x);
        const x = random();
        const fast = await capture<tf.Tensor, Several>(call, x);
        await expectReplays(fast, call, random);
        fast.dispose();
        x.dispose();
      }));
  }

  it('that are kept stay the same in later replays, and after dispose()', () =>
    withNet(async (_, w) => {
      const x = random();
      const call = (t: tf.Tensor) => [features(w, t), net(w, t)];
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      const kept: [tf.Tensor, tf.Tensor][] = [];
      for (let i = 0; i < 8; i++) {
        const t = random();
        const [a, b] = fast.predict(t);
        const [c, d] = call(t);
        kept.push([a, c], [b, d]);
        if (i % 3 === 1) {
          const [gone] = kept.splice(0, 1);
          tf.dispose(gone);
        }
        t.dispose();
      }
      fast.dispose();
      tf.dispose(call(x));
      for (const [found, expected] of kept) {
        expect(bitsOf(found.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
        expect(bitsOf(await found.data())).to.deep.equal(bitsOf(await expected.data()));
        tf.dispose([found, expected]);
      }
      x.dispose();
    }));

  it('can be computed with as eager ones can', () =>
    withNet(async (_, w) => {
      const x = random();
      const fast = await capture((t: tf.Tensor) => features(w, t), x);
      const filter = random([2, 2, 8, 4]);
      const use = (y: tf.Tensor) =>
        tf.tidy(() => {
          const z = tf.relu(tf.conv2d(y as tf.Tensor4D, filter, 1, 'same'));
          return [tf.mul(tf.sigmoid(y), y), z, tf.concat([y, z], 3), tf.slice(y, [0, 3], [1, 4])];
        });
      for (let i = 0; i < 3; i++) {
        const t = random();
        const [found, expected] = [fast.predict(t), features(w, t)];
        const [a, b] = [use(found), use(expected)];
        for (const [j, y] of a.entries()) {
          expect(bitsOf(await y.data())).to.deep.equal(bitsOf(await b[j].data()));
        }
        tf.dispose([t, found, expected, ...a, ...b]);
      }
      fast.dispose();
      tf.dispose([x, filter]);
    }));

  it('that are disposed of while they are read, or by tf.tidy(), leave nothing', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      const expected = model(x);
      const y = fast.predict(x);
      const read = y.data();
      y.dispose();
      expect(bitsOf(await read)).to.deep.equal(bitsOf(await expected.data()));
      const { numTensors } = tf.memory();
      const values = tf.tidy(() => fast.predict(x).dataSync());
      expect(bitsOf(values)).to.deep.equal(bitsOf(await expected.data()));
      const kept = tf.tidy(() => {
        fast.predict(x);
        return fast.predict(x);
      });
      expect(tf.memory().numTensors).to.equal(numTensors + 1);
      expect(bitsOf(await kept.data())).to.deep.equal(bitsOf(await expected.data()));
      fast.dispose();
      tf.dispose([x, kept, expected]);
    }));

  it('that are an input are returned by the model itself', () =>
    withNet(async (_, w) => {
      const x = random();
      const call = (t: tf.Tensor) => [net(w, t), t];
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      expect(x.isDisposed).to.equal(false);
      expect(fast.info.reason).to.match(/returns a tensor that it does not compute/);
      const outputs = fast.predict(x);
      expect(outputs[1]).to.equal(x);
      outputs[0].dispose();
      const view = (t: tf.Tensor) => tf.tidy(() => [net(w, t), tf.reshape(t, [-1]), tf.clone(t)]);
      const other = await capture<tf.Tensor, tf.Tensor[]>(view, x);
      await expectEager(other, view, () => random(shape), /does not compute/);
      fast.dispose();
      other.dispose();
      x.dispose();
    }));

  for (const [kind, make] of [
    ['tensor', (t: tf.Tensor) => t],
    ['variable', (t: tf.Tensor) => tf.variable(t)],
  ] as const) {
    it(`that are a weight, a ${kind}, are returned by the model itself`, () =>
      withNet(async (_, w) => {
        const values = random([40]);
        const weight = make(values);
        const x = random();
        const call = (t: tf.Tensor) => [net(w, t), weight];
        const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
        expect(weight.isDisposed).to.equal(false);
        expect(fast.info.reason).to.match(/returns a tensor that it does not compute/);
        const [y, same] = fast.predict(x);
        expect(same).to.equal(weight);
        fast.dispose();
        tf.dispose([x, y, weight, values]);
      }));
  }
});
