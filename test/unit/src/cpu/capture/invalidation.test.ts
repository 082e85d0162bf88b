/** Tests of recordings on tiled-cpu that are given up: no prediction may use old weights or settings. */
import { expect } from 'chai';
import { capture, forceVariant, TiledCPUBackend, trim } from '../../../../../src/index.js';
import {
  expectReplays,
  expectSame,
  features,
  net,
  random,
  settle,
  type Weights,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import {
  expectRecordedAnew,
  leavingNothing,
  loadLayers,
  name,
  reasonsOf,
  recordings,
  withNet,
} from './cpuCaptureSupport.js';

const scalar = (value: number) => tf.tidy(() => tf.variable(tf.scalar(value)));

describe('capture on tiled-cpu: a recording', () => {
  before(loadLayers);

  for (const [how, hold] of [
    ['', () => null],
    [', of which there is a clone', (weight: tf.Tensor) => weight.clone()],
    [', of which there is a view', (weight: tf.Tensor) => tf.reshape(weight, [-1])],
  ] as const) {
    for (const which of ['filter', 'bias'] as const) {
      it(`ends when a ${which} is disposed of${how}, and one is made anew`, () =>
        withNet(async (_, { filter, bias }) => {
          const w = { filter, bias } as { -readonly [K in keyof Weights]: tf.Tensor };
          const { shape } = w[which];
          w[which] = tf.randomUniform(shape, -1, 1);
          const call = (t: tf.Tensor) => net(w as Weights, t);
          const x = random();
          const fast = await capture(call, x);
          await expectReplays(fast, call, random);
          for (let i = 0; i < 2; i++) {
            const holder = hold(w[which]);
            w[which].dispose();
            w[which] = tf.randomUniform(shape, -1, 1);
            await expectRecordedAnew(fast, call);
            holder?.dispose();
            await expectReplays(fast, call, random);
          }
          expect(reasonsOf(fast)).to.equal('a weight was disposed of');
          fast.dispose();
          tf.dispose([x, w[which]]);
        }));
    }
  }

  it('is given up as soon as a weight is disposed of, and the model throws as it does eagerly', () =>
    withNet(async (_, w) => {
      const filter = random([3, 3, 5, 8]);
      const call = (t: tf.Tensor) => net({ ...w, filter }, t);
      const x = random();
      const fast = await capture(call, x);
      expect(recordings().size).to.equal(1);
      filter.dispose();
      expect(recordings().size, 'the recording').to.equal(0);
      expect(fast.info).to.include({ captured: false, bytes: 0, recordings: 0 });
      for (let i = 0; i < 4; i++) {
        expect(() => call(x), 'eager').to.throw(/backend/);
        expect(() => fast.predict(x), 'captured').to.throw(/backend/);
      }
      fast.dispose();
      x.dispose();
    }));

  for (const keeps of [false, true]) {
    it(`ends when a variable is assigned to${keeps ? ', while a clone keeps its old value' : ''}`, () =>
      withNet(async (_, w) => {
        const filter = tf.tidy(() => tf.variable(random([3, 3, 5, 8])));
        const table = tf.tidy(() => tf.variable(random([9, 11, 5])));
        const scale = scalar(3);
        const whole = tf.tidy(() => tf.variable(tf.tensor1d([1, 2], 'int32')));
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            const y = net({ ...w, filter: filter as tf.Tensor as tf.Tensor4D }, tf.add(t, table));
            // The gathered values depend on no input, so that they are computed once.
            return tf.mul(tf.mul(y, scale), tf.sum(tf.gather([5, -7, 11], whole as tf.Tensor1D)));
          });
        const x = random();
        const fast = await capture(call, x);
        for (const variable of [filter, table, scale, whole] as tf.Variable[]) {
          await expectReplays(fast, call, random);
          const clone = keeps ? variable.clone() : null;
          const next = () =>
            variable.dtype === 'int32'
              ? tf.tensor1d([0, 2], 'int32')
              : tf.randomUniform(variable.shape, 1, 2);
          tf.tidy(() => variable.assign(next()));
          await expectRecordedAnew(fast, call);
          clone?.dispose();
          await settle(fast, call, random);
        }
        expect(reasonsOf(fast)).to.match(keeps ? /assigned/ : /disposed|assigned/);
        fast.dispose();
        tf.dispose([x, filter, table, scale, whole]);
      }));
  }

  it('ends when a variable is replaced by another', () =>
    withNet(async (model) => {
      let scale = scalar(3);
      const call = (t: tf.Tensor) => tf.tidy(() => tf.mul(model(t), scale));
      const x = random();
      const fast = await capture(call, x);
      for (const keeps of [true, false]) {
        const clone = keeps ? scale.clone() : null;
        scale.dispose();
        scale = scalar(Math.random());
        await expectRecordedAnew(fast, call);
        clone?.dispose();
      }
      fast.dispose();
      tf.dispose([x, scale]);
    }));

  it('ends when an optimizer has changed a weight', () =>
    withNet(async (_, w) => {
      const filter = tf.tidy(() => tf.variable(random([3, 3, 5, 8]))) as tf.Variable<tf.Rank.R4>;
      const call = (t: tf.Tensor) => net({ ...w, filter }, t);
      const x = random();
      const fast = await capture(call, x);
      for (const optimizer of [tf.train.sgd(0.5), tf.train.adam(0.1)]) {
        await expectReplays(fast, call, random);
        optimizer.minimize(
          () => tf.mean(tf.square(features({ ...w, filter }, x))) as tf.Scalar,
          false,
          [filter],
        );
        await expectRecordedAnew(fast, call);
        optimizer.dispose();
      }
      fast.dispose();
      tf.dispose([x, filter]);
    }));

  it('of a LayersModel ends with setWeights()', () =>
    leavingNothing(async () => {
      const { layers, sequential } = await loadLayers();
      const model = sequential({
        layers: [
          layers.conv2d({ inputShape: [9, 11, 5], filters: 4, kernelSize: 2 }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu' }),
          layers.flatten(),
          layers.dense({ units: 3, activation: 'softmax' }),
        ],
      });
      const call = (t: tf.Tensor) => model.predict(t) as tf.Tensor;
      const x = random();
      const fast = await capture<tf.Tensor>(model as never, x);
      for (let i = 0; i < 3; i++) {
        await expectReplays(fast, call, random);
        tf.tidy(() => {
          const old = model.getWeights();
          model.setWeights(old.map(({ shape }) => tf.randomUniform(shape, 0.5, 2)));
        });
        await expectRecordedAnew(fast, call);
      }
      fast.dispose();
      model.dispose();
      x.dispose();
    }));

  it('ends when a weight changes of which the model reads the value', () =>
    withNet(async (model) => {
      const scale = scalar(3);
      const call = (t: tf.Tensor) => tf.tidy(() => tf.mul(model(t), scale.dataSync()[0]));
      const x = random();
      const fast = await capture(call, x);
      await expectReplays(fast, call, random);
      tf.tidy(() => scale.assign(tf.scalar(-7)));
      await expectRecordedAnew(fast, call);
      fast.dispose();
      tf.dispose([x, scale]);
    }));

  it('outlasts reads and other uses of its weights', () =>
    withNet(async (model, w) => {
      const x = random();
      const fast = await capture(model, x);
      const uses = [
        () => w.filter.data(),
        () => w.bias.dataSync(),
        () => tf.dispose(tf.transpose(w.filter)),
        () => tf.dispose(w.filter.clone()),
        () => tf.dispose(tf.tidy(() => tf.conv2d(random(), w.filter, 2, 'valid'))),
      ];
      for (const use of uses) {
        await use();
        await expectReplays(fast, model, random, 1);
      }
      expect(reasonsOf(fast)).to.equal('');
      fast.dispose();
      x.dispose();
    }));

  it('ends when a flag is set, and when it is set back', () =>
    withNet(async (model) => {
      const x = random();
      // A flag that nothing has read yet cannot matter.
      expect(tf.env().getBool('TILED_KEEP_VALUES')).to.equal(true);
      const fast = await capture(model, x);
      for (const keeps of [false, true]) {
        tf.env().set('TILED_KEEP_VALUES', keeps);
        await expectRecordedAnew(fast, model);
      }
      expect(fast.info.dropped).to.deep.equal({ 'the flag TILED_KEEP_VALUES was set': 2 });
      fast.dispose();
      x.dispose();
    }));

  it('ends when another build of the microkernels is forced', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      try {
        for (const build of ['plain', 'simd', null]) {
          forceVariant(build, name);
          await expectRecordedAnew(fast, model);
          await expectReplays(fast, model, random);
        }
      } finally {
        forceVariant(null, name);
      }
      expect(reasonsOf(fast)).to.equal('another variant was asked for');
      fast.dispose();
      x.dispose();
    }));

  it('ends with trim(), and is made again', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      const kept = fast.predict(x);
      const expected = model(x);
      trim(name);
      expect(fast.info).to.include({ captured: false, bytes: 0, recordings: 0 });
      expect(reasonsOf(fast)).to.match(/memory was needed/);
      expect(await kept.data()).to.deep.equal(await expected.data());
      await expectRecordedAnew(fast, model);
      fast.dispose();
      tf.dispose([x, kept, expected]);
    }));

  it('is not spoiled, nor spoils others, when the model calls trim()', () =>
    withNet(async (other, w) => {
      let calls = 0;
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = features(w, t);
          const sums = tf.cumsum(y, 3);
          if (calls++ % 2 === 1) trim(name);
          return [y, sums, tf.relu(tf.sub(net(w, t), 1))];
        });
      const x = random();
      const plain = (t: tf.Tensor) => {
        calls = 0;
        return call(t);
      };
      // Blocks before and after those of the recording move.
      const gaps = [1, 2, 3].map(() => tf.tidy(() => tf.relu(random([1, 40, 40, 5]))));
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      gaps[0].dispose();
      const expected = other(x);
      for (let i = 0; i < 12; i++) {
        const t = random();
        calls = i;
        const found = fast.predict(t);
        const wanted = plain(t);
        for (const [j, y] of found.entries()) {
          expect(await y.data(), `${i}`).to.deep.equal(await wanted[j].data());
        }
        const again = other(x);
        expect(await again.data()).to.deep.equal(await expected.data());
        tf.dispose([t, again, ...found, ...wanted]);
      }
      fast.dispose();
      tf.dispose([x, expected, ...gaps]);
    }));

  it('is given up with its backend', async () => {
    const own = 'tiled-cpu-removed';
    tf.copyRegisteredKernels(name, own);
    tf.registerBackend(own, () => new TiledCPUBackend(), 0);
    await tf.setBackend(own);
    const w = { filter: random([3, 3, 5, 8]), bias: tf.zeros([8]) as tf.Tensor1D };
    const call = (t: tf.Tensor) => net(w, t);
    const x = random();
    const fast = await capture(call, x);
    await expectReplays(fast, call, random);
    await tf.setBackend(name);
    tf.removeBackend(own);
    expect(fast.info).to.include({ captured: false, bytes: 0 });
    expect(reasonsOf(fast)).to.equal('the backend was removed');
    tf.dispose([x, w.filter, w.bias]);
    const fresh = { filter: random([3, 3, 5, 8]), bias: tf.zeros([8]) as tf.Tensor1D };
    Object.assign(w, fresh);
    const t = random();
    await expectSame(fast, call, t);
    fast.dispose();
    tf.dispose([t, fresh.filter, fresh.bias]);
  });
});
