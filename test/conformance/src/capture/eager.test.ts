/** Tests of predictions that a captured model must make eagerly. */
import { expect } from 'chai';
import { type Captured, capture, warmUp } from '../../../../src/index.js';
import { quietly } from '../../../support/quietly.js';
import { tiledBackend } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';
import {
  bitsOf,
  expectEager,
  expectEqual,
  expectReplays,
  expectSame,
  features,
  name,
  net,
  random,
  settle,
  withNet,
} from './captureSupport.js';

type Model = (x: tf.Tensor) => tf.Tensor;

/** Runs `body` with a captured model; expects that it replays nothing, and replays afterwards. */
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
    await settle(fast, model, random);
    await expectReplays(fast, model, random);
    fast.dispose();
    x.dispose();
  });
}

describe('capture: a prediction is eager', () => {
  it('while gradients are computed', () =>
    withNet(async (_, w) => {
      const model = (t: tf.Tensor) => tf.tidy(() => tf.cumsum(features(w, t), 3));
      const x = random();
      const fast = await capture<tf.Tensor>(model, x);
      const lossOf = (call: Model) => (t: tf.Tensor) => tf.sum(tf.square(call(t)));
      const { replays } = fast.info;
      expectEqual(tf.grad(lossOf((t) => fast.predict(t)))(x), tf.grad(lossOf(model))(x));
      const scale = tf.tidy(() => tf.variable(tf.scalar(2)));
      const grads = (call: Model) =>
        tf.variableGrads(() => tf.sum(call(tf.mul(x, scale))) as tf.Scalar, [scale]);
      const [a, b] = [grads((t) => fast.predict(t)), grads(model)];
      expectEqual(a.value, b.value);
      expectEqual(a.grads[scale.name], b.grads[scale.name]);
      expect(fast.info.replays).to.equal(replays);
      await expectReplays(fast, model, random);
      fast.dispose();
      tf.dispose([x, scale]);
    }));

  it('no longer once gradients have failed', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture<tf.Tensor>(model, x);
      const failing = tf.grad(() => {
        throw new Error('out of order');
      });
      try {
        expect(() => failing(x)).to.throw(/out of order/);
        await expectReplays(fast, model, random);
      } finally {
        // tfjs leaves the tape.
        tf.engine().state.activeTape = null as never;
      }
      fast.dispose();
      x.dispose();
    }));

  it('in tf.profile(), which lists its kernels', () =>
    withEager(async (fast, _, x) => {
      const { kernelNames } = await tf.profile(() => fast.predict(x).dispose());
      expect(kernelNames).to.include.members(['Conv2D', 'Cumsum']);
    }));

  it('in tf.time(), which measures its kernels', () =>
    withEager(async (fast, _, x) => {
      const { wallMs } = await tf.time(() => fast.predict(x).dispose());
      expect(wallMs).to.be.above(0);
    }));

  it('in debug mode', () =>
    withEager(async (fast, model, x) => {
      tf.env().set('DEBUG', true);
      try {
        await quietly(() => expectSame(fast, model, x));
      } finally {
        tf.env().set('DEBUG', false);
      }
    }));

  it('while programs are compiled only', () =>
    withEager(async (fast, model, x) => {
      tf.env().set('ENGINE_COMPILE_ONLY', true);
      try {
        fast.predict(x).dispose();
      } finally {
        tf.env().set('ENGINE_COMPILE_ONLY', false);
      }
      tiledBackend().checkCompileCompletion();
      tiledBackend().getUniformLocations();
      expectEqual(model(x), model(x));
    }));

  it('in the compile run of warmUp()', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture<tf.Tensor>(model, x);
      await warmUp((t: tf.Tensor) => fast.predict(t), x);
      await warmUp((t: tf.Tensor) => tf.tidy(() => tf.cos(fast.predict(tf.neg(t)))), x);
      await settle(fast, model, random);
      await expectReplays(fast, model, random);
      fast.dispose();
      x.dispose();
    }));

  it('while another backend is active', () =>
    withEager(async (fast, model, x) => {
      await tf.setBackend('cpu');
      try {
        await expectSame(fast, model, x);
      } finally {
        await tf.setBackend(name);
      }
    }));

  for (const [what, read] of [
    ['its result', (_: tf.Tensor, y: tf.Tensor) => y.dataSync()[7]],
    ['its input', (x: tf.Tensor) => x.dataSync()[7]],
  ] as const) {
    it(`if the model reads ${what}`, () =>
      withNet(async (model) => {
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = model(t);
            return tf.mul(y, read(t, y) as number);
          });
        const x = random();
        const fast = await capture<tf.Tensor>(call, x);
        await expectEager(fast, call, random, /reads values/);
        for (let i = 0; i < 4; i++) {
          const t = tf.tidy(() => tf.cumsum(random(), 3));
          const copy = t.clone();
          const values = tf.tidy(() => tf.add(t, 0).dataSync());
          await expectSame(fast, call, t);
          tf.dispose(tf.tidy(() => [model(x), tf.cumsum(random(), 3)]));
          expect(bitsOf(copy.dataSync())).to.deep.equal(bitsOf(values));
          tf.dispose([t, copy]);
        }
        fast.dispose();
        x.dispose();
      }));
  }

  for (const [what, more] of [
    ['random numbers', (y: tf.Tensor) => tf.add(y, tf.randomNormal(y.shape))],
    ['dropout', (y: tf.Tensor) => tf.dropout(y, 0.5)],
  ] as const) {
    it(`if the model uses ${what}`, () =>
      withNet(async (model) => {
        const call = (t: tf.Tensor) => tf.tidy(() => more(model(t)));
        const x = random();
        const fast = await capture<tf.Tensor>(call, x);
        expect(fast.info).to.include({ captured: false, recordings: 0 });
        expect(fast.info.reason).to.match(/random/);
        const [a, b] = [fast.predict(x), fast.predict(x)];
        expect(bitsOf(a.dataSync())).to.not.deep.equal(bitsOf(b.dataSync()));
        fast.dispose();
        tf.dispose([x, a, b]);
      }));
  }

  it('if the model reads a picture', () =>
    withNet(async (model) => {
      const picture = new ImageData(11, 9);
      const call = (t: tf.Tensor) =>
        tf.tidy(() => model(tf.add(t, tf.browser.fromPixels(picture, 1))));
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      for (let i = 0; i < 3; i++) {
        picture.data.fill(20 * i + 1);
        await expectSame(fast, call, x);
      }
      expect(fast.info.reason).to.match(/FromPixels/);
      fast.dispose();
      x.dispose();
    }));

  it('if the model is asynchronous', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture<tf.Tensor, Promise<tf.Tensor>>(async (t) => model(t), x);
      expect(fast.info.reason).to.match(/asynchronous/);
      expectEqual(await fast.predict(x), model(x));
      fast.dispose();
      x.dispose();
    }));

  it('if the model throws, with its error', () =>
    withNet(async (_, w) => {
      let fails = false;
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = features(w, t);
          if (fails) throw new Error('out of order');
          return net(w, tf.slice(y, [0, 0, 0, 0], [1, 9, 11, 5]));
        });
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      fails = true;
      const wide = random([2, 9, 11, 5]);
      expect(() => fast.predict(wide)).to.throw(/out of order/);
      fails = false;
      await expectReplays(fast, call, random);
      fast.dispose();
      tf.dispose([x, wide]);
    }));
});
