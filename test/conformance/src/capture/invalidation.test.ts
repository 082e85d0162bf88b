/** Tests of recordings that are given up: no prediction may use old weights or settings. */
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { type Captured, capture, forceVariant, trim } from '../../../../src/index.js';
import { tf } from '../../../support/setup.js';
import {
  bitsOf,
  checked,
  expectReplays,
  expectSame,
  features,
  net,
  random,
  type Several,
  settle,
  type Weights,
  withNet,
} from './captureSupport.js';

const reasonsOf = (fast: { info: Captured<never, never>['info'] }) =>
  Object.keys(fast.info.dropped).join('; ');

describe('capture: a recording', () => {
  for (const [how, hold] of [
    ['', () => ({ dispose: () => {} })],
    [', which pending work holds', (w: Weights, x: tf.Tensor) => features(w, x)],
    [', of which there is a clone', (w: Weights) => w.filter.clone()],
  ] as const) {
    it(`ends when a weight is disposed of${how}`, () =>
      withNet(async (_, w) => {
        let filter = random([3, 3, 5, 8]);
        const call = (t: tf.Tensor) => net({ ...w, filter }, t);
        const x = random();
        const fast = await capture(call, x);
        const holder = hold({ ...w, filter }, x);
        filter.dispose();
        filter = random([3, 3, 5, 8]);
        for (let i = 0; i < 3; i++) await expectSame(fast, call, x);
        expect(reasonsOf(fast)).to.match(/a weight was disposed of/);
        holder.dispose();
        await settle(fast, call, random);
        fast.dispose();
        tf.dispose([x, filter]);
      }));
  }

  it('ends when a variable is assigned to, also if a clone keeps its old value', () =>
    withNet(async (_, w) => {
      const filter = tf.tidy(() => tf.variable(random([3, 3, 5, 8])));
      const scale = tf.tidy(() => tf.variable(tf.scalar(3)));
      const call = (t: tf.Tensor) =>
        tf.tidy(() => tf.mul(net({ ...w, filter: filter as tf.Tensor as tf.Tensor4D }, t), scale));
      const x = random();
      const fast = await capture(call, x);
      for (const variable of [filter, scale] as tf.Variable[]) {
        for (const keeps of [false, true]) {
          await settle(fast, call, random);
          const clone = keeps ? variable.clone() : null;
          tf.tidy(() => variable.assign(random(variable.shape)));
          for (let i = 0; i < 3; i++) await expectSame(fast, call, x);
          clone?.dispose();
        }
      }
      expect(reasonsOf(fast)).to.match(/assigned/);
      fast.dispose();
      tf.dispose([x, filter, scale]);
    }));

  it('ends when a variable is replaced by another while a clone keeps its value', () =>
    withNet(async (model) => {
      const make = () => tf.tidy(() => tf.variable(tf.scalar(Math.random())));
      let scale = make();
      const call = (t: tf.Tensor) => tf.tidy(() => tf.mul(model(t), scale));
      const x = random();
      const fast = await capture(call, x);
      const clone = scale.clone();
      scale.dispose();
      scale = make();
      await expectSame(fast, call, x);
      fast.dispose();
      tf.dispose([x, scale, clone]);
    }));

  it('ends when an optimizer has changed a weight', () =>
    withNet(async (model) => {
      const scale = tf.tidy(() => tf.variable(tf.scalar(3)));
      const call = (t: tf.Tensor) => tf.tidy(() => tf.mul(model(t), scale));
      const x = random();
      const fast = await capture(call, x);
      const optimizer = tf.train.sgd(0.5);
      for (let i = 0; i < 3; i++) {
        optimizer.minimize(() => tf.square(tf.sub(scale, 1)) as tf.Scalar);
        for (let j = 0; j < 3; j++) await expectSame(fast, call, x);
      }
      optimizer.dispose();
      fast.dispose();
      tf.dispose([x, scale]);
    }));

  it('of a LayersModel ends with setWeights()', () =>
    withNet(async () => {
      const model = sequential({
        layers: [
          layers.conv2d({ inputShape: [9, 11, 5], filters: 4, kernelSize: 2 }),
          layers.batchNormalization(),
          layers.activation({ activation: 'relu' }),
        ],
      });
      const call = (t: tf.Tensor) => model.predict(t) as tf.Tensor;
      const x = random();
      const fast = await capture<tf.Tensor>(model as never, x);
      for (let i = 0; i < 3; i++) {
        tf.tidy(() => {
          const old = model.getWeights();
          model.setWeights(old.map(({ shape }) => tf.randomUniform(shape, 0.5, 2)));
        });
        for (let j = 0; j < 3; j++) await expectSame(fast, call, x);
      }
      await settle(fast, call, random);
      fast.dispose();
      model.dispose();
      x.dispose();
    }));

  it('ends when a weight changes of which the model reads the value on the CPU', () =>
    withNet(async (model) => {
      const scale = tf.tidy(() => tf.variable(tf.scalar(3)));
      const call = (t: tf.Tensor) => tf.tidy(() => tf.mul(model(t), scale.dataSync()[0]));
      const x = random();
      const fast = await capture(call, x);
      for (let i = 0; i < 3; i++) await expectSame(fast, call, x);
      tf.tidy(() => scale.assign(tf.scalar(-7)));
      for (let i = 0; i < 3; i++) await expectSame(fast, call, x);
      fast.dispose();
      tf.dispose([x, scale]);
    }));

  it('outlasts reads and other uses of its weights, or is made again', () =>
    withNet(async (_, w) => {
      const table = tf.tidy(() => tf.cumsum(random([9, 11, 5]), 2));
      const call = (t: tf.Tensor) => tf.tidy(() => net(w, tf.add(t, table)));
      const x = random();
      const fast = await capture(call, x);
      const uses = [
        () => table.data(),
        () => table.dataSync(),
        () => w.filter.dataSync(),
        () => tf.dispose(tf.transpose(table)),
        () =>
          tf.dispose(
            tf.tidy(() =>
              tf.conv2d(tf.reshape(table, [1, 9, 11, 5]) as tf.Tensor4D, w.filter, 1, 1),
            ),
          ),
      ];
      for (const use of uses) {
        await use();
        for (let i = 0; i < 6; i++) await expectSame(fast, call, x);
        await settle(fast, call, random);
      }
      fast.dispose();
      tf.dispose([x, table]);
    }));

  it('ends when a flag is set', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      tf.env().set('WEBGL_PACK', false);
      try {
        for (let i = 0; i < 6; i++) await expectSame(fast, model, x);
      } finally {
        tf.env().set('WEBGL_PACK', true);
      }
      expect(reasonsOf(fast)).to.match(/the flag WEBGL_PACK was set/);
      await settle(fast, model, random);
      fast.dispose();
      x.dispose();
    }));

  it('ends when another variant is forced', () =>
    withNet(async () => {
      const filter = random([3, 3, 32, 4]);
      const model = (t: tf.Tensor) => tf.tidy(() => tf.conv2d(t as tf.Tensor4D, filter, 1, 'same'));
      const make = () => random([1, 6, 5, 32]);
      const x = make();
      const fast = await capture(model, x);
      try {
        for (const variant of ['direct-4x2x1', 'winograd-4x2x1']) {
          forceVariant(variant);
          for (let i = 0; i < 6; i++) await expectSame(fast, model, x);
        }
      } finally {
        forceVariant(null);
      }
      fast.dispose();
      tf.dispose([x, filter]);
    }));

  it('ends with trim(), and is made again', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      const kept = fast.predict(x);
      const { bytes } = fast.info;
      expect(trim().gpuBytes).to.be.at.least(bytes);
      expect(fast.info).to.include({ captured: false, bytes: 0, recordings: 0 });
      expect(reasonsOf(fast)).to.match(/memory was needed/);
      const expected = model(x);
      expect(bitsOf(await kept.data())).to.deep.equal(bitsOf(await expected.data()));
      await settle(fast, model, random);
      await expectReplays(fast, model, random);
      fast.dispose();
      tf.dispose([x, kept, expected]);
    }));

  it('that ends while it is being checked spoils no output', () =>
    withNet(async (_, w) => {
      let isShort = false;
      const call = (t: tf.Tensor) =>
        tf.tidy(() => {
          const y = features(w, t);
          const sums = tf.cumsum(y, 3);
          if (isShort) trim();
          return [y, sums, tf.cumsum(tf.neg(sums), 1), tf.relu(tf.sub(net(w, t), 1))];
        });
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      const make = () => random([2, 9, 11, 5]);
      for (let i = 0; i < 12; i++) {
        const t = make();
        isShort = false;
        const expected = call(t);
        isShort = i % 2 === 1;
        const found: Several = fast.predict(t);
        for (const [j, y] of found.entries()) {
          expect(bitsOf(await y.data()), `${i}`).to.deep.equal(bitsOf(await expected[j].data()));
        }
        await checked(fast);
        tf.dispose([t, ...expected, ...found]);
      }
      fast.dispose();
      x.dispose();
    }));
});
