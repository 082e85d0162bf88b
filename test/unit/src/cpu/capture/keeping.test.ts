/** Tests of models on tiled-cpu that change what they did not make, or keep what they make. */
import { expect } from 'chai';
import { type Captured, capture } from '../../../../../src/index.js';
import {
  bitsOf,
  checked,
  expectEager,
  expectEqual,
  expectReplays,
  features,
  net,
  random,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { cpuBackend, leavingNothing, withNet } from './cpuCaptureSupport.js';

/** Models that keep one of their results until the next prediction. */
const keepers = {
  'of our kernels': (w: Parameters<typeof features>[0], t: tf.Tensor) => features(w, t),
  "of stock's kernels": (w: Parameters<typeof features>[0], t: tf.Tensor) =>
    tf.tidy(() => tf.cumsum(features(w, t), 3)),
} as const;

describe('capture on tiled-cpu: a model', () => {
  for (const [kind, make] of Object.entries(keepers)) {
    for (const when of ['captured before it has predicted', 'captured after that'] as const) {
      it(`that keeps a result ${kind} runs eagerly, ${when}`, () =>
        withNet(async (_, w) => {
          let kept: tf.Tensor | null = null;
          const call = (t: tf.Tensor) => {
            kept?.dispose();
            kept = make(w, t);
            return tf.mul(kept, 2);
          };
          const x = random();
          if (when === 'captured after that') for (let i = 0; i < 2; i++) call(x).dispose();
          const fast = await capture<tf.Tensor>(call, x);
          for (let i = 0; i < 8; i++) {
            const t = random();
            const found = fast.predict(t);
            await checked(fast);
            const wanted = tf.tidy(() => make(w, t));
            // Another net uses the blocks that are free.
            tf.dispose(tf.tidy(() => [net(w, x), tf.neg(features(w, x))]));
            expect(bitsOf((kept as unknown as tf.Tensor).dataSync())).to.deep.equal(
              bitsOf(wanted.dataSync()),
            );
            tf.dispose([t, found, wanted]);
          }
          expect(fast.info.reason).to.match(/keeps a tensor/);
          expect(fast.info.recordings).to.equal(0);
          fast.dispose();
          tf.dispose([x, kept as unknown as tf.Tensor]);
        }));
    }
  }

  it('that keeps its input runs eagerly', () =>
    withNet(async (model) => {
      let kept: tf.Tensor | null = null;
      const call = (t: tf.Tensor) => {
        kept?.dispose();
        kept = t.clone();
        return model(t);
      };
      const x = random();
      for (let i = 0; i < 2; i++) call(x).dispose();
      const fast = await capture<tf.Tensor>(call, x);
      for (let i = 0; i < 8; i++) {
        const t = random();
        const wanted = t.dataSync().slice();
        fast.predict(t).dispose();
        await checked(fast);
        t.dispose();
        expect((kept as unknown as tf.Tensor).dataSync()).to.deep.equal(wanted);
      }
      expect(fast.info).to.include({ replays: 0, recordings: 0 });
      expect(fast.info.reason).to.match(/keeps a tensor/);
      fast.dispose();
      tf.dispose([x, kept as unknown as tf.Tensor]);
    }));

  for (const nth of [2, 3, 4, 5, 6, 7]) {
    it(`that keeps a result of its prediction ${nth} only loses nothing of it`, () =>
      withNet(async (_, w) => {
        let count = 0;
        let given = new Float32Array(495);
        const kept: tf.Tensor[] = [];
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = features(w, t);
            if (++count === nth) {
              given = (cpuBackend().data.get(t.dataId).values as Float32Array).slice();
              kept.push(tf.keep(y), tf.keep(tf.cumsum(y, 2)));
            }
            return tf.relu(tf.sub(y, 0.25));
          });
        const x = random();
        const fast = await capture<tf.Tensor>(call, x);
        const before = kept.map((y) => bitsOf(y.dataSync()));
        for (let i = 0; i < 6; i++) {
          const t = random();
          tf.dispose([fast.predict(t), call(t), net(w, t), t]);
          await checked(fast);
        }
        expect(kept.map((y) => bitsOf(y.dataSync())).slice(0, before.length)).to.deep.equal(before);
        tf.dispose(tf.tidy(() => tf.relu(tf.ones([cpuBackend().heapBytes / 4]))));
        const wanted = tf.tidy(() => features(w, tf.tensor(given, x.shape)));
        expectEqual(tf.clone(kept[0]), tf.clone(wanted));
        expectEqual(tf.clone(kept[1]), tf.cumsum(wanted, 2));
        wanted.dispose();
        fast.dispose();
        tf.dispose([x, ...kept]);
      }));

    it(`that assigns in its prediction ${nth} only loses nothing of it`, () =>
      withNet(async (_, w) => {
        let count = 0;
        const state = tf.tidy(() => tf.variable(tf.zeros([1, 9, 11, 8])));
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = features(w, t);
            if (++count === nth) state.assign(y);
            return tf.relu(tf.sub(y, 0.25));
          });
        const x = random();
        const fast = await capture<tf.Tensor>(call, x);
        const before = bitsOf(state.dataSync());
        const isLater = count >= nth;
        for (let i = 0; i < 6; i++) {
          const t = random();
          tf.dispose([fast.predict(t), net(w, t), t]);
          await checked(fast);
        }
        if (isLater) expect(bitsOf(state.dataSync())).to.deep.equal(before);
        fast.dispose();
        tf.dispose([x, state]);
      }));
  }

  for (const nth of [1, 2, 3, 4, 5, 6, 7]) {
    it(`that throws in its call ${nth} leaves to its caller, unharmed, what it has made until then`, () =>
      withNet(async (model, w) => {
        let count = 0;
        let last: tf.Tensor | null = null;
        const call = (t: tf.Tensor) => {
          const y = features(w, t);
          if (++count === nth) {
            last = y;
            throw new Error('out of order');
          }
          const z = tf.cumsum(y, 3);
          y.dispose();
          return z;
        };
        const [x, wide] = [random(), random([2, 9, 11, 5])];
        let fast: Captured<tf.Tensor, tf.Tensor> | null = null;
        try {
          fast = await capture<tf.Tensor>(call, x);
        } catch (error) {
          expect((error as Error).message).to.equal('out of order');
        }
        const others: tf.Tensor[] = [];
        if (last !== null) {
          const made = last as tf.Tensor;
          const before = bitsOf(made.dataSync());
          for (let i = 0; i < 4; i++) others.push(model(wide), features(w, wide), model(x));
          expect(bitsOf(made.dataSync())).to.deep.equal(before);
          made.dispose();
          tf.dispose(others.slice(3, 6));
          // Its block is free now, once.
          others.push(model(wide), features(w, x), features(w, wide));
          expectEqual(others[0].clone(), model(wide));
        } else if (fast !== null) {
          expect(fast.info).to.include({ captured: true, reason: null });
        }
        if (fast !== null) {
          for (let i = 0; i < 40 && !fast.info.captured; i++) {
            fast.predict(x).dispose();
            await checked(fast);
          }
          // One call that failed is no reason to record none.
          expect(fast.info.captured).to.equal(true);
          const expected = tf.tidy(() => tf.cumsum(features(w, x), 3));
          expectEqual(fast.predict(x), expected);
        }
        fast?.dispose();
        tf.dispose([x, wide, ...others]);
      }));
  }

  it('that throws inside tf.tidy() of its caller leaves nothing', () =>
    withNet(async (_, w) => {
      let failsAt = 0;
      let count = 0;
      const call = (t: tf.Tensor) => {
        const y = features(w, t);
        if (++count === failsAt) throw new Error('out of order');
        const z = tf.cumsum(y, 3);
        y.dispose();
        return z;
      };
      const x = random();
      const fast = await capture<tf.Tensor>(call, x, { kinds: 7 });
      for (failsAt = 1; failsAt < 7; failsAt++) {
        count = 0;
        const wide = random([1 + failsAt, 9, 11, 5]);
        let failures = 0;
        for (let i = 0; i < 4; i++) {
          tf.tidy(() => {
            try {
              fast.predict(wide);
            } catch {
              failures++;
            }
          });
          await checked(fast);
        }
        // An error in a call that is recorded is not the caller's.
        expect(failures).to.equal(failsAt === 4 || failsAt === 5 ? 0 : 1);
        wide.dispose();
      }
      failsAt = 0;
      await expectReplays(fast, (t) => tf.tidy(() => tf.cumsum(features(w, t), 3)), random);
      fast.dispose();
      x.dispose();
    }));

  for (const nth of [3, 4, 5]) {
    it(`that uses a weight in its call ${nth} for the first time does not lose it`, () =>
      withNet(async (other, w) => {
        const rare = { filter: random([3, 3, 5, 8]), bias: tf.randomUniform([8]) as tf.Tensor1D };
        const deep = random([3, 3, 8, 1]);
        let count = 0;
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = features(++count === nth ? rare : w, t);
            return count === nth ? tf.depthwiseConv2d(y, deep, 1, 'same') : tf.neg(y);
          });
        const x = random();
        const fast = await capture<tf.Tensor>(call, x);
        fast.dispose();
        const others = [1, 2, 3, 4].map((batch) => tf.tidy(() => other(random([batch, 9, 11, 5]))));
        count = nth - 1;
        const found = call(x);
        const copies = { ...rare, filter: tf.tidy(() => tf.add(rare.filter, 0)) as tf.Tensor4D };
        const copy = tf.tidy(() => tf.add(deep, 0));
        expectEqual(
          found,
          tf.tidy(() => tf.depthwiseConv2d(features(copies, x), copy as tf.Tensor4D, 1, 'same')),
        );
        tf.dispose([x, copy, deep, copies.filter, rare.filter, rare.bias, ...others]);
      }));
  }

  it('that disposes of its input has it disposed of once, in each prediction', () =>
    withNet(async (_, w) => {
      const call = (t: tf.Tensor) => {
        const y = net(w, t);
        t.dispose();
        return y;
      };
      const x = random();
      const fast = await capture(call, x);
      expect(x.isDisposed, 'the example').to.equal(false);
      for (let i = 0; i < 8; i++) {
        const t = random();
        const [expected, found] = [net(w, t), fast.predict(t)];
        expect(t.isDisposed, 'input').to.equal(true);
        expect(await found.data()).to.deep.equal(await expected.data());
        tf.dispose([found, expected]);
      }
      expect(fast.info.reason).to.match(/disposes of its inputs/);
      fast.dispose();
      x.dispose();
    }));

  it('that replaces a weight in each prediction runs eagerly', () =>
    withNet(async (_, w) => {
      const cell = () => {
        let state: tf.Tensor = tf.zeros([1, 9, 11, 8]);
        return {
          call: (t: tf.Tensor) => {
            const next = tf.tidy(() => tf.tanh(tf.add(features(w, t), state)));
            state.dispose();
            state = next;
            return tf.neg(next);
          },
          reset: () => {
            state.dispose();
            state = tf.zeros([1, 9, 11, 8]);
          },
          end: () => state.dispose(),
        };
      };
      const [one, two] = [cell(), cell()];
      const x = random();
      const fast = await capture<tf.Tensor>(one.call, x);
      one.reset();
      await expectEager(fast, two.call, random, /disposes of a tensor that it does not make/);
      fast.dispose();
      one.end();
      two.end();
      x.dispose();
    }));

  for (const [what, model] of [
    ['its input', (_: tf.Tensor, t: tf.Tensor) => t],
    ['a view of its input', (_: tf.Tensor, t: tf.Tensor) => tf.tidy(() => tf.reshape(t, [-1]))],
    ['a clone of its input', (_: tf.Tensor, t: tf.Tensor) => t.clone()],
    ['its input as it is cast', (_: tf.Tensor, t: tf.Tensor) => tf.cast(t, 'float32')],
    ['a weight', (weight: tf.Tensor) => weight],
    ['a view of a weight', (weight: tf.Tensor) => tf.reshape(weight, [-1])],
  ] as const) {
    it(`that returns ${what} runs eagerly, and keeps it`, () =>
      withNet(async (_, w) => {
        const weight = random([40]);
        const [x, values] = [random(), weight.dataSync().slice()];
        const call = (t: tf.Tensor) => model(weight, t);
        const fast = await capture<tf.Tensor>(call, x);
        expect(x.isDisposed || weight.isDisposed).to.equal(false);
        expect(fast.info.reason).to.match(/returns a tensor that it does not compute/);
        for (let i = 0; i < 4; i++) {
          const [y, wanted] = [fast.predict(x), call(x)];
          expect(y === x || y === weight).to.equal(wanted === x || wanted === weight);
          expect(y.dataSync()).to.deep.equal(wanted.dataSync());
          for (const one of [y, wanted]) if (one !== x && one !== weight) one.dispose();
          tf.dispose(net(w, x));
        }
        expect(weight.dataSync()).to.deep.equal(values);
        fast.dispose();
        tf.dispose([x, weight]);
      }));
  }

  it('without inputs that returns a weight keeps it', () =>
    leavingNothing(async () => {
      const weight = random();
      const fast = await capture<tf.Tensor[], tf.Tensor>(() => weight, []);
      expect(weight.isDisposed).to.equal(false);
      for (let i = 0; i < 5; i++) expect(fast.predict([])).to.equal(weight);
      expect(weight.isDisposed).to.equal(false);
      fast.dispose();
      weight.dispose();
    }));

  it('without inputs has its bits', () =>
    withNet(async (model) => {
      const x = random();
      const call = () => model(x);
      const fast = await capture<tf.Tensor[], tf.Tensor>(call, []);
      for (let i = 0; i < 5; i++) {
        const [found, expected] = [fast.predict([]), call()];
        expect(bitsOf(found.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
        tf.dispose([found, expected]);
      }
      fast.dispose();
      x.dispose();
    }));

  it('that assigns what it computes to a variable runs eagerly', () =>
    withNet(async (_, w) => {
      const cell = () => {
        const state = tf.tidy(() => tf.variable(tf.zeros([1, 9, 11, 8])));
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const next = tf.tanh(tf.add(tf.mul(state, 0.5), features(w, t)));
            state.assign(next);
            return tf.mul(next, 2);
          });
        return { state, call };
      };
      const [one, two] = [cell(), cell()];
      const x = random();
      const fast = await capture<tf.Tensor>(one.call, x);
      tf.tidy(() => one.state.assign(tf.zeros([1, 9, 11, 8])));
      await expectEager(fast, two.call, random, /assigns to a variable/);
      fast.dispose();
      tf.dispose([x, one.state, two.state]);
    }));

  it('that keeps a clone of a weight in each prediction runs eagerly', () =>
    withNet(async (model, w) => {
      const all: tf.Tensor[] = [];
      const call = (t: tf.Tensor) => {
        all.push(w.filter.clone());
        return model(t);
      };
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      await expectEager(fast, call, random, /keeps a tensor/);
      expect(all).to.have.lengthOf(fast.info.eager + 5);
      fast.dispose();
      tf.dispose([x, ...all]);
    }));

  it('that keeps each of its results runs eagerly', () =>
    withNet(async (_, w) => {
      const all: tf.Tensor[] = [];
      const call = (t: tf.Tensor) => {
        all.push(features(w, t));
        return tf.relu(all.at(-1) as tf.Tensor);
      };
      const x = random();
      const fast = await capture<tf.Tensor>(call, x);
      await expectEager(fast, call, random, /keeps a tensor/);
      fast.dispose();
      tf.dispose([x, ...all]);
    }));
});
