/** Tests of captured predictions beside eager ones: the same bits for fresh inputs. */
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { masks } from '../../../../scripts/webgl/masks.js';
import { capture, trim } from '../../../../src/index.js';
import { onOwnBackend } from '../../../support/ownBackend.js';
import { leavingNothing, tiledBackend } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';
import {
  checked,
  expectReplays,
  expectSame,
  features,
  makeWeights,
  net,
  random,
  settle,
  shape,
  type Weights,
  withNet,
} from './captureSupport.js';

/** Runs our kernels only, in planes from the input on. */
const planes = (w: Weights, x: tf.Tensor) =>
  tf.tidy(() => {
    const y = features(w, x);
    return tf.maxPool(
      tf.relu(tf.sub(tf.avgPool(y, 2, 1, 'same'), 0.25)) as tf.Tensor4D,
      2,
      2,
      'same',
    );
  });

describe('capture: predictions', () => {
  it('have the bits of the model, and need fewer WebGL calls', () =>
    leavingNothing(async () => {
      const w = makeWeights();
      const x = random();
      const model = (t: tf.Tensor) => net(w, t);
      const fast = await capture(model, x);
      expect(fast.info).to.include({ reason: null, captured: true, replays: 0 });
      await expectReplays(fast, model, random, 4);
      const { gl } = tiledBackend().gpgpu;
      const { uniform1i } = gl;
      let calls = 0;
      gl.uniform1i = (...given) => {
        calls++;
        uniform1i.apply(gl, given);
      };
      model(x).dispose();
      const eager = calls;
      calls = 0;
      fast.predict(x).dispose();
      gl.uniform1i = uniform1i;
      expect(calls).to.be.below(eager);
      fast.dispose();
      tf.dispose([w.filter, w.bias, x]);
    }));

  it('of a LayersModel with batch normalization have its bits', () =>
    leavingNothing(async () => {
      const model = sequential({
        layers: [
          layers.conv2d({ inputShape: [9, 11, 5], filters: 8, kernelSize: 2, useBias: true }),
          layers.batchNormalization({ betaInitializer: 'randomNormal' }),
          layers.activation({ activation: 'relu' }),
          layers.flatten(),
          layers.dense({ units: 7, activation: 'softmax' }),
        ],
      });
      const x = random();
      const fast = await capture<tf.Tensor, tf.Tensor>(model as never, x);
      const eager = (t: tf.Tensor) => model.predict(t) as tf.Tensor;
      await expectReplays(fast, eager, random);
      const batch = () => random([3, 9, 11, 5]);
      await settle(fast, eager, batch);
      await expectReplays(fast, eager, batch);
      fast.dispose();
      model.dispose();
      x.dispose();
    }));

  it('take and return arrays and objects of tensors, in any order of names', () =>
    leavingNothing(async () => {
      const w = makeWeights();
      const pair = () => [random(), random()];
      const model = ([a, b]: tf.Tensor[]) => [net(w, tf.sub(a, b)), net(w, tf.add(a, b))];
      const tidied = (ts: tf.Tensor[]) => tf.tidy(() => model(ts));
      let inputs: tf.Tensor[] = pair();
      const fast = await capture<tf.Tensor[], tf.Tensor[]>(tidied, inputs);
      await expectReplays(fast, tidied, pair);
      fast.dispose();
      tf.dispose(inputs);
      type Named = Record<string, tf.Tensor>;
      const named = ({ a, b }: Named) =>
        tf.tidy(() => ({ sum: tf.add(a, b), net: net(w, tf.sub(a, b)) }));
      inputs = pair();
      const byName = await capture<Named, Named>(named, { a: inputs[0], b: inputs[1] });
      await expectReplays(byName, named, () => ({ a: random(), b: random() }));
      for (let i = 0; i < 6; i++) {
        const [a, b] = pair();
        await expectSame(byName, named, { b, a });
        tf.dispose([a, b]);
      }
      byName.dispose();
      tf.dispose([...inputs, w.filter, w.bias]);
    }));

  it('tell an array of one tensor from the tensor', () =>
    leavingNothing(async () => {
      const w = makeWeights();
      type One = tf.Tensor | tf.Tensor[];
      const model = (x: One) => {
        if (Array.isArray(x)) return x.map((one) => net(w, one));
        return tf.tidy(() => tf.neg(net(w, x)));
      };
      const x = random();
      const fast = await capture<One, One>(model, x);
      for (let i = 0; i < 6; i++) {
        await expectSame(fast, model, [x]);
        await expectSame(fast, model, x);
      }
      fast.dispose();
      tf.dispose([x, w.filter, w.bias]);
    }));

  it('of two captured models and their eager ones stay apart', () =>
    leavingNothing(async () => {
      const [v, w] = [makeWeights(), makeWeights()];
      const x = random();
      const first = (t: tf.Tensor) => net(v, t);
      const second = (t: tf.Tensor) => tf.tidy(() => tf.softmax(net(w, t)));
      const one = await capture(first, x);
      const two = await capture(second, x);
      const kept: [tf.Tensor, tf.Tensor][] = [];
      for (let i = 0; i < 4; i++) {
        const t = random();
        const [a, b, c, d] = [one.predict(t), second(t), two.predict(t), first(t)];
        kept.push([a, d], [c, b]);
        t.dispose();
      }
      for (const [found, expected] of kept) {
        expect(await found.data()).to.deep.equal(await expected.data());
        tf.dispose([found, expected]);
      }
      expect([one.info.replays, two.info.replays]).to.deep.equal([4, 4]);
      one.dispose();
      await expectReplays(two, second, random);
      two.dispose();
      tf.dispose([x, v.filter, v.bias, w.filter, w.bias]);
    }));

  it('of a model captured while another is being read have its bits', () =>
    leavingNothing(async () => {
      const [v, w] = [makeWeights(), makeWeights()];
      const x = random();
      const other = net(v, x);
      const pending = features(v, x);
      const expected = tf.tidy(() => [...net(v, x).dataSync()]);
      const read = other.data();
      const model = (t: tf.Tensor) => net(w, t);
      const fast = await capture(model, x);
      expect([...(await read)]).to.deep.equal(expected);
      await expectReplays(fast, model, random);
      const whole = tf.tidy(() => [...features(v, x).dataSync()]);
      expect([...pending.dataSync()]).to.deep.equal(whole);
      fast.dispose();
      tf.dispose([x, other, pending, v.filter, v.bias, w.filter, w.bias]);
    }));

  it('of a function that makes its weights anew in each call have its bits', () =>
    leavingNothing(async () => {
      const w = makeWeights();
      const [filter, bias] = [w.filter.arraySync(), w.bias.arraySync()];
      const model = (t: tf.Tensor) =>
        tf.tidy(() => net({ filter: tf.tensor4d(filter), bias: tf.tensor1d(bias) }, t));
      const x = random();
      const fast = await capture(model, x);
      await expectReplays(fast, model, random, 6);
      fast.dispose();
      tf.dispose([x, w.filter, w.bias]);
    }));

  for (const [what, part, before] of [
    ['its input to a captured model', net, (t: tf.Tensor) => t],
    ['its input to a captured model without stock kernels', planes, (t: tf.Tensor) => t],
    ['what it computes to a captured model', net, (t: tf.Tensor) => tf.neg(t)],
  ] as const) {
    it(`of a function that gives ${what} have the bits of both`, () =>
      withNet(async (whole, w) => {
        const scale = tf.tidy(() => tf.variable(tf.scalar(3)));
        const inner = (t: tf.Tensor) => tf.tidy(() => tf.mul(part(w, t), scale));
        const [x, ...more] = [random(), random(), random()];
        const captured = await capture<tf.Tensor>(inner, x);
        const model = (t: tf.Tensor) => tf.tidy(() => tf.sin(captured.predict(before(t))));
        const eager = (t: tf.Tensor) => tf.tidy(() => tf.sin(inner(before(t))));
        const fast = await capture<tf.Tensor>(model, x);
        for (const wide of [false, true]) {
          const make = () => random([wide ? 2 : 1, 9, 11, 5]);
          const t = make();
          for (let i = 0; i < 8; i++) {
            // The recording is checked with the inputs that it was made with.
            const found = fast.predict(t);
            await found.data();
            await checked(fast);
            found.dispose();
          }
          t.dispose();
          for (let i = 0; i < 4; i++) {
            const u = make();
            await expectSame(fast, eager, u);
            u.dispose();
          }
        }
        tf.tidy(() => scale.assign(tf.scalar(-2)));
        for (const t of more) await expectSame(fast, eager, t);
        for (let i = 0; i < 6; i++) await expectSame(fast, eager, x);
        const kept = fast.predict(x);
        trim();
        const others = [tf.tidy(() => tf.cumsum(features(w, x), 3)), whole(x)];
        for (const t of more) await expectSame(fast, eager, t);
        tf.dispose(others);
        captured.dispose();
        expect(() => fast.predict(x)).to.throw(/disposed of/);
        fast.dispose();
        tf.dispose([x, kept, scale, ...more]);
      }));
  }

  it('of a result that becomes the next input have its bits', () =>
    leavingNothing(async () => {
      const w = { filter: random([3, 3, 5, 5]), bias: tf.randomUniform([5]) as tf.Tensor1D };
      const model = (t: tf.Tensor) => tf.tidy(() => tf.tanh(features(w, t)));
      const x = random();
      const fast = await capture<tf.Tensor>(model, x);
      let [found, expected] = [fast.predict(x), model(x)];
      for (let i = 0; i < 12; i++) {
        const last = [found, expected];
        [found, expected] = [fast.predict(found), model(expected)];
        tf.dispose(last);
      }
      expect(await found.data()).to.deep.equal(await expected.data());
      fast.dispose();
      tf.dispose([x, found, expected, w.filter, w.bias]);
    }));

  it('have the bits of the model with planes in array textures', () =>
    onOwnBackend('tiled-layers', masks.hardware.apply, async (backend) => {
      expect(backend.device.storage).to.equal('layers');
      const w = makeWeights();
      const x = random();
      const model = (t: tf.Tensor) => tf.tidy(() => [features(w, t), net(w, t)]);
      const fast = await capture<tf.Tensor, tf.Tensor[]>(model, x);
      await expectReplays(fast, model, () => random(shape));
      fast.dispose();
      tf.dispose([x, w.filter, w.bias]);
      expect(backend.device.planes.setsInUse).to.equal(0);
    }));
});
