/** Tests of captured models on tiled-cpu beside each other, inside each other, and beside eager ones. */
import { expect } from 'chai';
import { type Captured, capture, trim } from '../../../../../src/index.js';
import {
  bitsOf,
  checked,
  expectEqual,
  expectReplays,
  expectSame,
  features,
  makeWeights,
  net,
  random,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { leavingNothing, type Model, name, recordings, withNet } from './cpuCaptureSupport.js';

/** Runs `body` with two nets that share no weight. */
function withTwo(
  body: (first: Model, second: Model, x: tf.Tensor) => Promise<void>,
): Promise<void> {
  return withNet(async (first) => {
    const w = makeWeights();
    const x = random();
    await body(first, (t) => tf.tidy(() => tf.softmax(net(w, t))), x);
    tf.dispose([x, w.filter, w.bias]);
  });
}

describe('capture on tiled-cpu: captured models', () => {
  it('alive at once, and their eager ones, stay apart', () =>
    withTwo(async (first, second, x) => {
      const one = await capture(first, x);
      const two = await capture(second, x);
      const kept: [tf.Tensor, tf.Tensor][] = [];
      for (let i = 0; i < 6; i++) {
        const t = random();
        const [a, b, c, d] = [one.predict(t), second(t), two.predict(t), first(t)];
        kept.push([a, d], [c, b]);
        t.dispose();
      }
      for (const [found, expected] of kept) expectEqual(found, expected);
      expect([one.info.replays, two.info.replays]).to.deep.equal([6, 6]);
      one.dispose();
      await expectReplays(two, second, random);
      first(x).dispose();
      await expectReplays(two, second, random);
      two.dispose();
    }));

  it('that share a weight are all given up at once when it is disposed of', () =>
    leavingNothing(async () => {
      const w = { ...makeWeights() };
      const call = (t: tf.Tensor) => net(w, t);
      const x = random();
      const all = [await capture(call, x), await capture(call, x), await capture(call, x)];
      expect(recordings().size).to.equal(3);
      all[1].dispose();
      w.filter.dispose();
      expect(recordings().size).to.equal(0);
      Object.assign(w, { filter: random([3, 3, 5, 8]) });
      for (const fast of [all[0], all[2]]) {
        for (let i = 0; i < 3; i++) await expectSame(fast, call, x);
        fast.dispose();
      }
      tf.dispose([x, w.filter, w.bias]);
    }));

  it('captured at the same time have their bits', () =>
    withTwo(async (first, second, x) => {
      const all = await Promise.all([capture(first, x), capture(second, x), capture(first, x)]);
      expect(recordings().size).to.equal(3);
      for (const [i, fast] of all.entries()) {
        await expectReplays(fast, i === 1 ? second : first, random);
      }
      for (const fast of all) fast.dispose();
    }));

  it('captured while another model waits for its values have their bits, and so has that one', () =>
    withTwo(async (first, second, x) => {
      let go = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      const running = (async () => {
        const y = first(x);
        await gate;
        const z = tf.tidy(() => tf.cumsum(tf.mul(y, 2), 1));
        y.dispose();
        return z;
      })();
      const fast = await capture(second, x);
      await expectReplays(fast, second, random, 2);
      go();
      const found = await running;
      expectEqual(
        found,
        tf.tidy(() => tf.cumsum(tf.mul(first(x), 2), 1)),
      );
      await expectReplays(fast, second, random, 2);
      fast.dispose();
    }));

  it('predict for several callers that wait for nothing', () =>
    withTwo(async (first, _, x) => {
      const fast = await capture(first, x);
      const wide = () => random([2, 9, 11, 5]);
      const pairs: (readonly [Promise<unknown>, Promise<unknown>])[] = [];
      for (let i = 0; i < 12; i++) {
        // The second kind of inputs is recorded and checked meanwhile.
        for (const make of [random, wide]) {
          const t = make();
          const [found, expected] = [fast.predict(t), first(t)];
          pairs.push([found.data(), expected.data()]);
          tf.dispose([t, found, expected]);
        }
        if (i % 5 === 4) await checked(fast);
      }
      for (const [found, expected] of pairs) {
        expect(bitsOf(await found)).to.deep.equal(bitsOf(await expected));
      }
      await checked(fast);
      expect(fast.info.recordings).to.equal(2);
      fast.dispose();
    }));

  for (const [what, end] of [
    ['disposed of', (fast: Captured<tf.Tensor, tf.Tensor>) => fast.dispose()],
    ['given up', () => trim(name)],
  ] as const) {
    it(`${what} while a recording is checked leave nothing`, () =>
      withTwo(async (first, _, x) => {
        for (let count = 0; count < 6; count++) {
          const fast = await capture(first, x);
          const wide = random([2, 9, 11, 5]);
          const expected = first(wide);
          for (let i = 0; i < count; i++) {
            fast.predict(wide).dispose();
            if (i < count - 1) await checked(fast);
          }
          end(fast);
          const others = [first(x), first(wide)];
          await checked(fast);
          expectEqual(others[1].clone(), expected.clone());
          if (what === 'given up') {
            for (let i = 0; i < 4; i++) await expectSame(fast, first, wide);
            fast.dispose();
          }
          tf.dispose([wide, expected, ...others]);
        }
      }));
  }

  it('whose weight goes while a recording is checked predict with the new one', () =>
    leavingNothing(async () => {
      const w = { ...makeWeights() };
      const call = (t: tf.Tensor) => net(w, t);
      const x = random();
      const fast = await capture(call, x);
      for (let count = 1; count < 6; count++) {
        const wide = random([2, 9, 11, 5]);
        for (let i = 0; i < count; i++) fast.predict(wide).dispose();
        w.filter.dispose();
        Object.assign(w, { filter: random([3, 3, 5, 8]) });
        for (let i = 0; i < 2; i++) {
          await expectSame(fast, call, wide);
          await expectSame(fast, call, x);
        }
        wide.dispose();
      }
      fast.dispose();
      tf.dispose([x, w.filter, w.bias]);
    }));

  for (const [what, before] of [
    ['its input', (t: tf.Tensor) => t],
    ['a view of its input', (t: tf.Tensor) => tf.reshape(t, t.shape)],
    ['what it computes', (t: tf.Tensor) => tf.neg(t)],
  ] as const) {
    it(`that give ${what} to a captured model have the bits of both`, () =>
      withNet(async (whole, w) => {
        const scale = tf.tidy(() => tf.variable(tf.scalar(3)));
        const inner = (t: tf.Tensor) => tf.tidy(() => tf.mul(net(w, t), scale));
        const [x, ...more] = [random(), random(), random()];
        const captured = await capture<tf.Tensor>(inner, x);
        const model = (t: tf.Tensor) =>
          tf.tidy(() => tf.tidy(() => tf.sin(captured.predict(before(t)))));
        const eager = (t: tf.Tensor) => tf.tidy(() => tf.sin(inner(before(t))));
        const fast = await capture<tf.Tensor>(model, x);
        for (const batch of [1, 2]) {
          for (let i = 0; i < 12; i++) {
            const t = random([batch, 9, 11, 5]);
            await expectSame(fast, eager, t);
            await checked(captured);
            t.dispose();
          }
        }
        expect(fast.info.captured).to.equal(true);
        await expectReplays(fast, eager, random);
        tf.tidy(() => scale.assign(tf.scalar(-2)));
        for (const t of more) await expectSame(fast, eager, t);
        for (let i = 0; i < 6; i++) await expectSame(fast, eager, x);
        const kept = fast.predict(x);
        trim(name);
        const others = [whole(x), features(w, x)];
        for (const t of more) await expectSame(fast, eager, t);
        expectEqual(kept.clone(), eager(x));
        captured.dispose();
        expect(() => fast.predict(x)).to.throw(/disposed of/);
        fast.dispose();
        tf.dispose([x, kept, scale, ...more, ...others]);
      }));
  }

  it('inside tf.tidy() inside tf.tidy() are recorded and replayed, and leave nothing', () =>
    withTwo(async (first, second, x) => {
      const one = await capture(first, x);
      const two = await capture(second, x);
      const both = (a: Model, b: Model, t: tf.Tensor) =>
        tf.tidy(() => {
          const y = tf.tidy(() => {
            a(t);
            return tf.tidy(() => [a(t), b(t)]);
          });
          b(t);
          return tf.add(tf.sum(y[0]), tf.sum(y[1]));
        });
      for (const batch of [1, 3]) {
        for (let i = 0; i < 8; i++) {
          const t = random([batch, 9, 11, 5]);
          const { numTensors } = tf.memory();
          const found = both(
            (u) => one.predict(u),
            (u) => two.predict(u),
            t,
          );
          expect(tf.memory().numTensors).to.equal(numTensors + 1);
          expectEqual(found, both(first, second, t));
          await checked(one);
          await checked(two);
          t.dispose();
        }
      }
      expect(one.info).to.include({ recordings: 2, captured: true });
      expect(two.info).to.include({ recordings: 2, captured: true });
      one.dispose();
      two.dispose();
    }));

  it('of one model with other weights in between have the bits of the last ones', () =>
    withTwo(async (first, _, x) => {
      const table = tf.tidy(() => tf.variable<tf.Rank>(tf.randomUniform([9, 11, 5])));
      const call = (t: tf.Tensor) => tf.tidy(() => first(tf.add(t, table)));
      const all = [await capture(call, x), await capture(call, x)];
      for (let i = 0; i < 5; i++) {
        tf.tidy(() => table.assign(tf.randomUniform([9, 11, 5])));
        for (const fast of all) for (let j = 0; j < 3; j++) await expectSame(fast, call, x);
      }
      for (const fast of all) fast.dispose();
      table.dispose();
    }));
});
