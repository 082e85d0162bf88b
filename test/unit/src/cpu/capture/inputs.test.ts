/** Tests of the inputs of captured predictions on tiled-cpu: their places, shapes, types and containers. */
import { expect } from 'chai';
import { capture } from '../../../../../src/index.js';
import {
  bitsOf,
  errorOf,
  expectReplays,
  expectSame,
  features,
  net,
  random,
  settle,
  shape,
} from '../../../../conformance/src/capture/captureSupport.js';
import { tf } from '../../../../support/setup.js';
import { leavingNothing, name, withNet } from './cpuCaptureSupport.js';

/** Fresh inputs of the same shape and type, by the place of their values. */
const places = {
  'in an array': () => random(),
  'on the heap': () => tf.tidy(() => tf.mul(tf.relu(random()), -1.5)),
  "made by stock's kernels": () => tf.tidy(() => tf.cumsum(random(), 3)) as tf.Tensor4D,
  'that are a clone': () => tf.tidy(() => random().clone()),
  'that are a view': () => tf.tidy(() => tf.reshape(tf.relu(random([9, 11, 1, 5])), [...shape])),
  'of another type under the same data': () =>
    tf.tidy(() => tf.cast(tf.randomUniform(shape, -50, 50, 'int32'), 'float32')),
} as const;

describe('capture on tiled-cpu: inputs', () => {
  for (const [place, make] of Object.entries(places)) {
    it(`${place} are predicted from a recording, and keep their values`, () =>
      withNet(async (model) => {
        const x = make();
        const before = x.dataSync().slice();
        const fast = await capture<tf.Tensor>(model, x);
        expect(fast.info).to.include({ captured: true, reason: null });
        await expectReplays(fast, model, make);
        for (const other of Object.values(places)) await expectReplays(fast, model, other, 1);
        fast.predict(x).dispose();
        expect(x.dataSync()).to.deep.equal(before);
        fast.dispose();
        expect(x.dataSync()).to.deep.equal(before);
        x.dispose();
      }));
  }

  it('that live on another backend are moved, as an eager prediction moves them', () =>
    withNet(async (model) => {
      const x: tf.Tensor = random();
      const fast = await capture(model, x);
      for (let i = 0; i < 3; i++) {
        await tf.setBackend('cpu');
        const t = tf.tidy(() => tf.cumsum(random(), 1));
        const values = t.dataSync().slice();
        await tf.setBackend(name);
        const found = fast.predict(t);
        const copy = tf.tensor(values, shape);
        const expected = model(copy);
        expect(bitsOf(found.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
        tf.dispose([t, found, copy, expected]);
      }
      expect(fast.info.replays).to.equal(3);
      fast.dispose();
      x.dispose();
    }));

  it('of other shapes have recordings of their own, of which the last used are kept', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x, { kinds: 3 });
      const sizes = [
        [2, 9, 11, 5],
        [1, 4, 11, 5],
        [1, 9, 6, 5],
        [3, 1, 1, 5],
      ];
      for (const size of sizes) {
        const make = () => random(size);
        await settle(fast, model, make);
        await expectReplays(fast, model, make);
        expect(fast.info.recordings).to.be.at.most(3);
      }
      expect(fast.info.recordings).to.equal(3);
      expect(fast.info.dropped).to.deep.equal({
        'inputs of other kinds were predicted since': 2,
      });
      for (const size of sizes.slice(1)) await expectReplays(fast, model, () => random(size), 1);
      // The kinds that were given up start anew.
      for (const size of [shape, sizes[0]]) await settle(fast, model, () => random(size));
      fast.dispose();
      x.dispose();
    }));

  it('of other types have recordings of their own', () =>
    withNet(async (model) => {
      const makers = {
        float32: random,
        int32: () => tf.randomUniform(shape, -50, 50, 'int32'),
        bool: () => tf.tidy(() => tf.greater(random(), 0)),
      };
      for (const [dtype, first] of Object.entries(makers)) {
        const x = first();
        expect(x.dtype).to.equal(dtype);
        const fast = await capture<tf.Tensor>(model, x);
        for (const make of Object.values(makers)) {
          await settle(fast, model, make);
          await expectReplays(fast, model, make);
        }
        for (const make of Object.values(makers)) await expectReplays(fast, model, make, 1);
        expect(fast.info.recordings).to.equal(3);
        fast.dispose();
        x.dispose();
      }
    }));

  it('that are one tensor twice, or share their data, have the bits of the model', () =>
    withNet(async (_, w) => {
      const pair = ([a, b]: tf.Tensor[]) =>
        tf.tidy(() => {
          const y = tf.relu(tf.add(tf.mul(a, 2), tf.reshape(b, shape)));
          return net(w, tf.sub(y, a));
        });
      const x = random();
      const fast = await capture<tf.Tensor[]>(pair, [x, x]);
      for (let i = 0; i < 6; i++) {
        const [a, b] = [random(), random()];
        const view = tf.reshape(a, [shape[1], -1]);
        await expectSame(fast, pair, [a, a]);
        await expectSame(fast, pair, [a, b]);
        await expectSame(fast, pair, [b, a]);
        await expectSame(fast, pair, [a, view]);
        await expectSame(fast, pair, [b, view]);
        tf.dispose([a, b, view]);
      }
      expect(fast.info.replays).to.be.above(20);
      fast.dispose();
      x.dispose();
    }));

  it('may be weights of the model as well', () =>
    withNet(async (_, w) => {
      const weight = random([2, 9, 11, 5]);
      const times = (t: tf.Tensor) => tf.tidy(() => net(w, tf.mul(tf.sub(t, 1), weight)));
      const fast = await capture<tf.Tensor>(times, weight);
      for (let i = 0; i < 4; i++) {
        await expectSame(fast, times, weight);
        const t = random([2, 9, 11, 5]);
        await expectSame(fast, times, t);
        t.dispose();
      }
      expect(fast.info.replays).to.equal(8);
      fast.dispose();
      weight.dispose();
    }));

  it('may be the filter that the model convolves with, in eager predictions', () =>
    leavingNothing(async () => {
      const image = random();
      const by = (filter: tf.Tensor) =>
        tf.tidy(() => tf.conv2d(image, filter as tf.Tensor4D, 1, 'same'));
      const make = () => random([3, 3, 5, 4]);
      const x = make();
      const fast = await capture<tf.Tensor>(by, x);
      expect(fast.info.reason).to.match(/a filter depends on the inputs/);
      for (let i = 0; i < 4; i++) {
        const t = make();
        await expectSame(fast, by, t);
        t.dispose();
      }
      fast.dispose();
      tf.dispose([image, x]);
    }));

  for (const [what, model] of [
    ['bias', (x: tf.Tensor, t: tf.Tensor) => tf.add(x, t)],
    [
      'parameter of a batch norm',
      (x: tf.Tensor, t: tf.Tensor) =>
        tf.batchNorm(x, t as tf.Tensor1D, tf.square(t) as tf.Tensor1D),
    ],
    ['slope', (x: tf.Tensor, t: tf.Tensor) => tf.prelu(x, t)],
    [
      'filter of a depthwise convolution',
      (x: tf.Tensor, t: tf.Tensor) =>
        tf.depthwiseConv2d(x as tf.Tensor4D, tf.reshape(t, [1, 1, 5, 1]), 1, 'same'),
    ],
    [
      'matrix',
      (x: tf.Tensor, t: tf.Tensor) => tf.matMul(tf.reshape(x, [-1, 5]), tf.reshape(t, [5, 1])),
    ],
    ['index', (x: tf.Tensor, t: tf.Tensor) => tf.gather(x, tf.cast(tf.abs(t), 'int32'), 3)],
  ] as const) {
    it(`may be a ${what}, and the model's bits stay the same`, () =>
      leavingNothing(async () => {
        const image = random();
        const call = (t: tf.Tensor) => tf.tidy(() => model(image, t));
        const make = () => tf.randomUniform([5], -2, 2);
        const x = make();
        const fast = await capture<tf.Tensor>(call, x);
        for (let i = 0; i < 6; i++) {
          const t = make();
          await expectSame(fast, call, t);
          t.dispose();
        }
        fast.dispose();
        tf.dispose([image, x]);
      }));
  }

  it('that the model ignores change nothing', () =>
    withNet(async (model) => {
      const call = ([a]: tf.Tensor[]) => model(a);
      const make = () => [random(), tf.randomUniform([7], 0, 9, 'int32') as tf.Tensor];
      const x = make();
      const fast = await capture<tf.Tensor[]>(call, x);
      await expectReplays(fast, call, make);
      fast.dispose();
      tf.dispose(x);
    }));

  it('are told apart by their containers', () =>
    withNet(async (model) => {
      type Given = tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;
      const call = (given: Given): tf.Tensor =>
        tf.tidy(() => {
          if (given instanceof tf.Tensor) return model(given);
          if (Array.isArray(given)) return tf.neg(model(given[0]));
          return 'a' in given ? tf.mul(model(given.a), 3) : tf.mul(model(given.b), 5);
        });
      const x = random();
      const fast = await capture<Given>(call, x);
      for (let i = 0; i < 6; i++) {
        const t = random();
        for (const given of [t, [t], { a: t }, { b: t }] as Given[])
          await expectSame(fast, call, given);
        t.dispose();
      }
      expect(fast.info.recordings).to.equal(4);
      expect(fast.info.replays).to.equal(12);
      fast.dispose();
      x.dispose();
    }));

  it('in objects keep their names in any order', () =>
    withNet(async (_, w) => {
      type Named = Record<string, tf.Tensor>;
      const named = ({ a, b }: Named) =>
        tf.tidy(() => ({ net: net(w, tf.sub(a, b)), sum: tf.add(a, tf.mul(b, 2)) }));
      const fresh = () => ({ a: random(), b: random() });
      const x = fresh();
      const fast = await capture<Named, Named>(named, x);
      await expectReplays(fast, named, fresh);
      for (let i = 0; i < 6; i++) {
        const { a, b } = fresh();
        await expectSame(fast, named, { b, a });
        tf.dispose([a, b]);
      }
      fast.dispose();
      tf.dispose(x);
    }));

  for (const [kind, make] of [
    ['without values', () => tf.zeros([0, 4])],
    ['with complex values', () => tf.tidy(() => tf.complex(random(), random()))],
    ['of one value', () => tf.scalar(Math.random())],
  ] as const) {
    it(`${kind} are predicted as the model does`, () =>
      leavingNothing(async () => {
        const call = (t: tf.Tensor) =>
          tf.tidy(() => {
            return tf.mul(t.dtype === 'complex64' ? tf.real(t) : t, 3);
          });
        for (const first of [random, make]) {
          const x = first() as tf.Tensor;
          const fast = await capture<tf.Tensor>(call, x);
          for (let i = 0; i < 6; i++) {
            const t = make() as tf.Tensor;
            await expectSame(fast, call, t);
            t.dispose();
          }
          fast.dispose();
          x.dispose();
        }
      }));
  }

  it('with strings are predicted as the model does', async () => {
    await tf.setBackend(name);
    const { numTensors, numDataBuffers } = tf.memory();
    const call = (t: tf.Tensor) => tf.fill(t.shape, 4);
    const x = tf.tensor1d(['a', 'b']);
    const fast = await capture<tf.Tensor>(call, x);
    for (let i = 0; i < 4; i++) await expectSame(fast, call, x);
    expect(fast.info.reason).to.match(/string/);
    fast.dispose();
    x.dispose();
    // Here tfjs does not count bytes of strings back.
    expect(tf.memory()).to.include({ numTensors, numDataBuffers });
  });

  it('that hold NaN, infinities and negative zeros have the bits of the model', () =>
    withNet(async (model, w) => {
      const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-42];
      const call = (t: tf.Tensor) => tf.tidy(() => [model(t), features(w, t), tf.minimum(t, 0)]);
      const make = () =>
        tf.tensor4d(
          Array.from({ length: 495 }, () =>
            Math.random() < 0.05 ? values[Math.floor(Math.random() * 6)] : Math.random() - 0.5,
          ),
          [1, 9, 11, 5],
        );
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor[]>(call, x);
      await expectReplays(fast, call, make);
      fast.dispose();
      x.dispose();
    }));

  it('whose array the caller writes to between predictions are read anew', () =>
    withNet(async (model) => {
      const values = new Float32Array(495);
      const x = random();
      const fast = await capture(model, x);
      const t = tf.tensor4d(values, shape);
      for (let i = 0; i < 3; i++) {
        for (const [j] of values.entries()) values[j] = Math.random();
        const found = fast.predict(t);
        const copy = tf.tensor4d(values.slice(), shape);
        const expected = model(copy);
        expect(bitsOf(found.dataSync())).to.deep.equal(bitsOf(expected.dataSync()));
        tf.dispose([found, copy, expected]);
      }
      fast.dispose();
      tf.dispose([x, t]);
    }));

  it('that were disposed of, or are no tensors, give a clear error', () =>
    withNet(async (model) => {
      const x = random();
      const fast = await capture(model, x);
      x.dispose();
      expect(await errorOf(() => fast.predict(x))).to.match(/disposed/);
      expect(await errorOf(() => fast.predict(3 as never))).to.match(/must be a tensor/);
      expect(await errorOf(() => fast.predict(null as never))).to.match(/got null/);
      fast.dispose();
      const t = random();
      expect(await errorOf(() => fast.predict(t))).to.match(/was disposed of/);
      t.dispose();
    }));
});
