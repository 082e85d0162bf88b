/** Tests of captured models whose context is lost. */
import { expect } from 'chai';
import { capture } from '../../../../src/index.js';
import { tf } from '../../../support/setup.js';
import {
  errorOf,
  expectTensorLost,
  flags,
  loseContext,
  withLosses,
} from '../webgl/recovery/recoverySupport.js';
import {
  bitsOf,
  checked,
  expectReplays,
  expectSame,
  features,
  makeWeights,
  net,
  random,
  settle,
} from './captureSupport.js';

function withWeights(
  body: (
    model: (x: tf.Tensor) => tf.Tensor,
    weights: ReturnType<typeof makeWeights>,
  ) => Promise<void>,
  set: Record<string, string | boolean> = {},
): Promise<void> {
  return withLosses(async () => {
    const weights = makeWeights();
    await body((x) => net(weights, x), weights);
    tf.dispose([weights.filter, weights.bias]);
  }, set);
}

describe('capture: a lost context', () => {
  it('ends a recording, and the next one is made in the new context', () =>
    withWeights(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      const lost = fast.predict(x);
      for (let i = 0; i < 2; i++) {
        loseContext();
        await expectSame(fast, model, x);
        await settle(fast, model, random);
        await expectReplays(fast, model, random);
      }
      expect(Object.keys(fast.info.dropped)).to.include('the context was lost');
      await expectTensorLost(() => lost.data());
      fast.dispose();
      tf.dispose([x, lost]);
    }));

  it('before dispose() leaves nothing', () =>
    withWeights(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      loseContext();
      fast.dispose();
      const y = model(x);
      await y.data();
      tf.dispose([x, y]);
    }));

  it('while a recording is checked does not end recording for good', () =>
    withWeights(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      const wide = random([2, 9, 11, 5]);
      for (let i = 0; i < 3; i++) {
        const y = fast.predict(wide);
        if (i === 2) loseContext();
        await errorOf(() => y.data());
        await checked(fast);
        y.dispose();
      }
      await settle(fast, model, () => random([2, 9, 11, 5]));
      fast.dispose();
      tf.dispose([x, wide]);
    }));

  for (const [place, make] of [
    ['on the CPU', () => random([2, 9, 11, 5])],
    [
      'in planes',
      () =>
        tf.tidy(() => tf.depthwiseConv2d(random([2, 9, 11, 5]), tf.ones([1, 1, 5, 1]), 1, 'same')),
    ],
  ] as const) {
    it(`while a model is recorded with an input ${place} spoils no later prediction`, () =>
      withWeights(async (_, w) => {
        let losesAt = Number.POSITIVE_INFINITY;
        let calls = 0;
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = tf.cumsum(features(w, t), 3);
            if (++calls === losesAt) loseContext();
            return tf.cumsum(y, 2);
          });
        const x = random();
        const fast = await capture(call, x);
        const t = make();
        await t.data();
        for (let i = 0; i < 2; i++) {
          const u = make();
          await expectSame(fast, call, u);
          u.dispose();
        }
        const u = make();
        // The eager call is followed by the one that is recorded.
        losesAt = calls + 2;
        const error = (await errorOf(() => fast.predict(u).dispose())) as Error | null;
        expect(error?.message ?? 'none').to.match(/none|context was lost/);
        u.dispose();
        await settle(fast, call, make);
        fast.dispose();
        tf.dispose([x, t]);
      }));
  }

  it('leads to the CPU engine if the flag says so', () =>
    withWeights(
      async (model) => {
        const x = random();
        const fast = await capture(model, x);
        loseContext();
        const y = fast.predict(x);
        expect(tf.getBackend()).to.equal('tiled-cpu');
        const again = model(x);
        expect(bitsOf(await y.data())).to.deep.equal(bitsOf(await again.data()));
        fast.dispose();
        tf.dispose([x, y, again]);
      },
      { [flags.policy]: 'cpu' },
    ));
});
