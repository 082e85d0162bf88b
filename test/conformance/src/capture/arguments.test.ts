/** Tests of the arguments of capture() and predict(), and of what `info` tells. */
import { expect } from 'chai';
import { type Captured, capture } from '../../../../src/index.js';
import { tf } from '../../../support/setup.js';
import { errorOf, expectSame, name, random, withNet } from './captureSupport.js';

describe('capture: arguments', () => {
  it('that are wrong give clear errors', () =>
    withNet(async (model) => {
      const x = random();
      const { numTensors } = tf.memory();
      const wrong: [() => unknown, RegExp][] = [
        [() => capture(null as never, x), /capture: model must be .* got null/],
        [() => capture({} as never, x), /capture: model must be .* got object/],
        [() => capture(model, 3 as never), /capture: inputs must be a tensor.* got number/],
        [() => capture(model, null as never), /capture: inputs must be a tensor/],
        [
          () => capture(model, [x, 'x'] as never),
          /capture: inputs\[1\] must be a tensor; got string/,
        ],
        [
          () => capture(model, { a: null } as never),
          /capture: inputs\.a must be a tensor; got null/,
        ],
        [() => capture(model, x, { kinds: 0 }), /capture: kinds must be an integer .* got 0/],
        [() => capture(model, x, { kinds: 1.5 }), /capture: kinds must be an integer .* got 1.5/],
        [() => capture(model, x, { backend: 'cpu' }), /'cpu' is not a tiled backend/],
        [() => capture(model, x, { backend: 'none' }), /there is no backend 'none'/],
      ];
      for (const [call, message] of wrong) expect(await errorOf(call)).to.match(message);
      const fast = await capture(model, x);
      expect(() => fast.predict(3 as never)).to.throw(/inputs must be a tensor.* got number/);
      expect(() => fast.predict([x, 3] as never)).to.throw(/inputs\[1\] must be a tensor/);
      fast.dispose();
      expect(() => fast.predict(x)).to.throw(/disposed of/);
      expect(tf.memory().numTensors).to.equal(numTensors);
      x.dispose();
    }));

  it('that the model refuses give its own error', () =>
    withNet(async (model) => {
      const [x, flat] = [random(), random([3, 4])];
      const expected = await errorOf(() => model(flat));
      expect(await errorOf(() => capture(model, flat))).to.equal(expected);
      const fast = await capture(model, x);
      expect(await errorOf(() => fast.predict(flat))).to.equal(expected);
      fast.dispose();
      tf.dispose([x, flat]);
    }));

  it('may be models with predict or execute, and name a backend that is not active', () =>
    withNet(async (predict) => {
      const x = random();
      for (const model of [{ predict }, { execute: predict }]) {
        await tf.setBackend('cpu');
        const fast = await capture(model, x, { backend: name });
        expect(tf.getBackend()).to.equal('cpu');
        expect(fast.info.captured).to.equal(true);
        await tf.setBackend(name);
        const { replays } = fast.info;
        await expectSame(fast as Captured<tf.Tensor, tf.Tensor>, predict, x);
        expect(fast.info.replays).to.equal(replays + 1);
        fast.dispose();
      }
      x.dispose();
    }));
});

describe('capture: info', () => {
  it('tells what is recorded, and what has happened', () =>
    withNet(async (model) => {
      const x = random();
      const call = (t: tf.Tensor) => tf.tidy(() => tf.add(model(t), tf.cumsum(tf.fill([2], 3))));
      const fast = await capture(call, x);
      const { eager, steps, bytes } = fast.info;
      expect(fast.info).to.deep.equal({
        captured: true,
        reason: null,
        steps,
        constants: fast.info.constants,
        hostSteps: {},
        bytes,
        recordings: 1,
        replays: 0,
        eager,
        dropped: {},
      });
      expect(steps).to.be.above(2);
      expect(bytes).to.be.above(0);
      expect(fast.info.constants).to.be.above(0);
      fast.predict(x).dispose();
      expect(fast.info).to.include({ replays: 1, eager });
      const wide = random([2, 9, 11, 5]);
      await expectSame(fast, call, wide);
      expect(fast.info).to.include({ captured: false, recordings: 1, eager: eager + 1 });
      expect(fast.info.reason).to.match(/its recording is being made/);
      fast.dispose();
      expect(fast.info).to.include({ captured: false, bytes: 0, recordings: 0, steps: 0 });
      expect(fast.info.reason).to.match(/disposed of/);
      tf.dispose([x, wide]);
    }));
});
