/** Tests of predictions that a captured model must make eagerly on tiled-cpu. */
import { expect } from 'chai';
import { type Captured, capture } from '../../../../../src/index.js';
import {
  bitsOf,
  expectEager,
  expectEqual,
  expectReplays,
  expectSame,
  features,
  random,
  shape,
} from '../../../../conformance/src/capture/captureSupport.js';
import { quietly } from '../../../../support/quietly.js';
import { tf } from '../../../../support/setup.js';
import {
  leavingNothing,
  loadLayers,
  type Model,
  name,
  recordings,
  withNet,
} from './cpuCaptureSupport.js';

/** Runs `body` with a captured model; expects that it replays nothing, and replays right afterwards. */
function withEager(
  body: (fast: Captured<tf.Tensor, tf.Tensor>, model: Model, x: tf.Tensor) => unknown,
): Promise<void> {
  return withNet(async (model) => {
    const x = random();
    const fast = await capture<tf.Tensor>(model, x);
    const { replays, eager } = fast.info;
    await body(fast, model, x);
    expect(fast.info.replays, 'replays').to.equal(replays);
    expect(fast.info.eager, 'eager').to.be.above(eager);
    await expectReplays(fast, model, random);
    fast.dispose();
    x.dispose();
  });
}

describe('capture on tiled-cpu: a prediction is eager', () => {
  before(loadLayers);

  it('in tf.grad(), and the gradients are those of the model', () =>
    withNet(async (_, w) => {
      const model = (t: tf.Tensor) => tf.tidy(() => tf.cumsum(features(w, t), 3));
      const x = random();
      const fast = await capture<tf.Tensor>(model, x);
      const { replays } = fast.info;
      const lossOf = (call: Model) => (t: tf.Tensor) => tf.sum(tf.square(call(t)));
      for (let i = 0; i < 5; i++) {
        const t = random();
        expectEqual(tf.grad(lossOf((u) => fast.predict(u)))(t), tf.grad(lossOf(model))(t));
        t.dispose();
      }
      expect(fast.info.replays).to.equal(replays);
      await expectReplays(fast, model, random);
      fast.dispose();
      x.dispose();
    }));

  it('in tf.variableGrads() and in an optimizer, of weights and of what comes before', () =>
    withNet(async (_, w) => {
      const filter = tf.tidy(() => tf.variable(random([3, 3, 5, 8])));
      const scale = tf.tidy(() => tf.variable(tf.scalar(2)));
      const model = (t: tf.Tensor) =>
        features({ ...w, filter: filter as tf.Tensor as tf.Tensor4D }, t);
      const x = random();
      const fast = await capture<tf.Tensor>(model, x);
      const gradients = (call: Model) =>
        tf.variableGrads(() => tf.sum(call(tf.mul(x, scale))) as tf.Scalar, [filter, scale]);
      const [a, b] = [gradients((t) => fast.predict(t)), gradients(model)];
      expectEqual(a.value, b.value);
      for (const { name } of [filter, scale]) expectEqual(a.grads[name], b.grads[name]);
      expect(fast.info.replays).to.equal(0);
      await expectReplays(fast, model, random);
      const optimizer = tf.train.sgd(0.01);
      for (let i = 0; i < 3; i++) {
        optimizer.minimize(() => tf.sum(tf.square(fast.predict(x))) as tf.Scalar);
        await expectSame(fast, model, x);
      }
      fast.dispose();
      optimizer.dispose();
      tf.dispose([x, filter, scale]);
    }));

  it('in tf.profile(), which lists its kernels', () =>
    withEager(async (fast, _, x) => {
      const { kernelNames } = await tf.profile(() => fast.predict(x).dispose());
      expect(kernelNames).to.include.members(['Conv2D', 'Cumsum']);
    }));

  it('in tf.time(), also after a function has thrown in it', () =>
    withEager(async (fast, _, x) => {
      const { kernelMs } = await tf.time(() => fast.predict(x).dispose());
      expect(kernelMs).to.be.a('number');
      const failing = tf.time(() => {
        throw new Error('out of order');
      });
      await failing.catch(() => {});
    }));

  it('in debug mode', () =>
    withEager(async (fast, model, x) => {
      tf.env().set('DEBUG', true);
      try {
        await quietly(() => expectSame(fast, model, x));
      } finally {
        tf.env().set('DEBUG', false);
      }
      // The flag has two values in between, so that nothing is known to have changed.
      expect(fast.info.recordings).to.equal(1);
    }));

  it('while programs are compiled only', () =>
    withEager(async (fast, model, x) => {
      tf.env().set('ENGINE_COMPILE_ONLY', true);
      try {
        await expectSame(fast, model, x);
      } finally {
        tf.env().set('ENGINE_COMPILE_ONLY', false);
      }
    }));

  it('while another backend is active, and is replayed when this one is back', () =>
    withEager(async (fast, model, x) => {
      const before = recordings().size;
      for (let i = 0; i < 3; i++) {
        const t = random();
        await tf.setBackend('cpu');
        try {
          await expectSame(fast, model, t);
        } finally {
          await tf.setBackend(name);
        }
        t.dispose();
      }
      expect(await x.data()).to.have.lengthOf(495);
      // The weights were moved to the other backend, so their recording is gone.
      expect(recordings().size).to.equal(before - 1);
      for (let i = 0; i < 4; i++) {
        const { replays } = fast.info;
        await expectSame(fast, model, x);
        if (fast.info.replays > replays) throw new Error('replayed before it was recorded anew');
        if (fast.info.captured) break;
      }
    }));

  for (const [what, read] of [
    ['its result', (_: tf.Tensor, y: tf.Tensor) => y.dataSync()[7]],
    ['its input', (x: tf.Tensor) => x.dataSync()[7]],
    ['the result of a stock kernel', (x: tf.Tensor) => tf.cumsum(x, 1).dataSync()[60]],
    ['a view of its input', (x: tf.Tensor) => tf.reshape(x, [-1]).arraySync() as never],
  ] as const) {
    it(`if the model reads ${what}`, () =>
      withNet(async (model) => {
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = model(t);
            const value = read(t, y) as number | number[];
            return tf.mul(y, Array.isArray(value) ? value[3] : value);
          });
        const x = random();
        const fast = await capture<tf.Tensor>(call, x);
        await expectEager(fast, call, random, /reads values/);
        fast.dispose();
        x.dispose();
      }));
  }

  for (const [what, more] of [
    ['random numbers', (y: tf.Tensor) => tf.add(y, tf.randomNormal(y.shape))],
    ['uniform random numbers', (y: tf.Tensor) => tf.add(y, tf.randomUniform(y.shape))],
    ['truncated random numbers', (y: tf.Tensor) => tf.mul(y, tf.truncatedNormal(y.shape))],
    ['dropout', (y: tf.Tensor) => tf.dropout(y, 0.5)],
    [
      'samples',
      (y: tf.Tensor) =>
        tf.add(y, tf.cast(tf.sum(tf.multinomial(tf.ones([40]) as tf.Tensor1D, 30)), 'float32')),
    ],
    ['a shuffle', (y: tf.Tensor) => tf.mul(y, tf.tensor1d([Math.random()]))],
  ] as const) {
    it(`if the model uses ${what}`, () =>
      withNet(async (model) => {
        const call = (t: tf.Tensor) => tf.tidy(() => more(model(t)));
        const x = random();
        const fast = await capture<tf.Tensor>(call, x);
        expect(fast.info).to.include({ captured: false, recordings: 0 });
        expect(fast.info.reason).to.match(/random|other values/);
        const all = [0, 1, 2].map(() => fast.predict(x));
        const texts = all.map((y) => bitsOf(y.dataSync()).join());
        expect(new Set(texts).size).to.be.above(1);
        fast.dispose();
        tf.dispose([x, ...all]);
      }));
  }

  it('no longer than random numbers last: those of a seed are constants', () =>
    withNet(async (model) => {
      const { random: before } = Math;
      const call = (t: tf.Tensor) =>
        tf.tidy(() => tf.add(model(t), tf.randomUniform([1, 1, 1, 2], 0, 1, 'float32', 7)));
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      await expectReplays(fast, call, random);
      expect(Math.random).to.equal(before);
      fast.dispose();
      x.dispose();
    }));

  it('if the model is asynchronous', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture<tf.Tensor, Promise<tf.Tensor>>(async (t) => model(t), x);
      expect(fast.info.reason).to.match(/asynchronous/);
      for (let i = 0; i < 4; i++) {
        const t = random();
        const [a, b] = [fast.predict(t), fast.predict(x)];
        expectEqual(await a, model(t));
        expectEqual(await b, model(x));
        t.dispose();
      }
      expect(fast.info).to.include({ replays: 0, recordings: 0 });
      fast.dispose();
      x.dispose();
    }));

  it('if the model awaits in the middle, beside a model that is replayed', () =>
    withNet(async (model, w) => {
      const x = random();
      const slow = async (t: tf.Tensor) => {
        const y = features(w, t);
        await Promise.resolve();
        const z = tf.tidy(() => tf.mul(tf.cumsum(y, 3), y.dataSync()[0]));
        y.dispose();
        return z;
      };
      const fast = await capture<tf.Tensor, Promise<tf.Tensor>>(slow, x);
      const other = await capture(model, x);
      for (let i = 0; i < 4; i++) {
        const t = random();
        const pending = fast.predict(t);
        await expectSame(other, model, t);
        expectEqual(await pending, await slow(t));
        t.dispose();
      }
      expect(other.info.replays).to.equal(4);
      fast.dispose();
      other.dispose();
      x.dispose();
    }));

  it('if the model throws, with its error, and replayed again when it no longer does', () =>
    withNet(async (model) => {
      let fails = false;
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = model(t);
          if (fails) throw new Error('out of order');
          return tf.cumsum(y, 1);
        });
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      const wide = random([2, 9, 11, 5]);
      fails = true;
      for (let i = 0; i < 4; i++) expect(() => fast.predict(wide)).to.throw(/out of order/);
      // A recording calls the model no more.
      tf.dispose(fast.predict(x));
      fails = false;
      await expectReplays(fast, call, random);
      fast.dispose();
      tf.dispose([x, wide]);
    }));

  it('if results of stock kernels have shapes that depend on values, wherever they change', () =>
    withNet(async () => {
      const call = (t: tf.Tensor) =>
        tf.tidy(() => tf.mul(tf.unique(tf.round(tf.reshape(t, [-1]))).values, 2));
      const fresh = (most: number) => () => tf.randomUniform([60], 0, most);
      const x = fresh(9)();
      const fast = await capture<tf.Tensor>(call, x);
      for (let i = 0; i < 40; i++) {
        const t = fresh(1 + (i % 9))();
        await expectSame(fast, call, t);
        t.dispose();
      }
      fast.dispose();
      x.dispose();
    }));

  it('after the captured model was disposed of: never, it throws', () =>
    leavingNothing(async () => {
      const x = random([...shape]);
      const fast = await capture((t: tf.Tensor) => tf.relu(t), x);
      fast.dispose();
      fast.dispose();
      expect(() => fast.predict(x)).to.throw(/disposed of/);
      expect(fast.info).to.include({ captured: false, reason: 'it was disposed of', bytes: 0 });
      x.dispose();
    }));
});
