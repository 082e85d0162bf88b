/** Tests of gradients of dilated convolutions, which tfjs-core refuses; test/long has more on WebGL. */
import { expect } from 'chai';
import { registerTiled } from '../../../../src/index.js';
import { ours, tf } from '../../../support/setup.js';
import {
  activations,
  cases,
  expectDefinition,
  expectOpsOneByOne,
  fused,
  plain,
  whole,
  withoutLeak,
} from './dilated.js';

/** Cases of `npm test` on tiled-webgl, where each compiles several programs. */
const few = Object.entries(cases).filter(([name]) => /(conv2d 3x3, same|multiplier 2)/i.test(name));

const casesOn = (backend: string) => (backend === 'tiled-webgl' ? few : Object.entries(cases));

for (const backend of [...ours, 'cpu']) {
  describe(`gradients of dilated convolutions on ${backend}`, () => {
    for (const [name, c] of casesOn(backend)) {
      it(`are what the definition says: ${name}`, () =>
        withoutLeak(backend, () => expectDefinition(c, plain)));
    }

    it('are zero for no pictures', () =>
      withoutLeak(backend, () =>
        tf.tidy(() => {
          const op = (x: tf.Tensor, w: tf.Tensor) =>
            tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', 2);
          const inputs = [tf.zeros([0, 5, 5, 2]), tf.ones([3, 3, 2, 2])];
          const [dx, dw] = tf.grads(op)(inputs, tf.zeros([0, 5, 5, 2]));
          expect(dx.shape).to.deep.equal([0, 5, 5, 2]);
          expect([...dw.dataSync()]).to.deep.equal(Array(36).fill(0));
        }),
      ));

    it('have gradients themselves, as of a penalty on the gradient', () =>
      withoutLeak(backend, () =>
        tf.tidy(() => {
          // y = x * w for one pixel; the gradient of dx^2 = w^2 is 2w.
          const x = tf.ones([1, 1, 1, 1]) as tf.Tensor4D;
          const inner = (w: tf.Tensor) =>
            tf.grad((t) => tf.conv2d(t as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', 2))(x);
          const outer = tf.grad((w) => tf.square(inner(w)));
          expect([...outer(tf.fill([1, 1, 1, 1], 3)).dataSync()]).to.deep.equal([6]);
        }),
      ));
  });
}

for (const backend of ours) {
  describe(`gradients of fused dilated convolutions on ${backend}`, () => {
    for (const [name, c] of casesOn(backend)) {
      if (c.dataFormat === 'NCHW') continue;
      it(`are what the definition says: ${name}`, () =>
        withoutLeak(backend, () => expectDefinition(c, fused)));
    }

    it('go to the bias, and to pictures without a batch', () =>
      withoutLeak(backend, () =>
        tf.tidy(() => {
          const op = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
            tf.fused.conv2d({
              ...{ x: x as tf.Tensor3D, filter: filter as tf.Tensor4D, bias },
              ...{ strides: 1, pad: 'same', dilations: 2 },
            });
          const inputs = [tf.ones([4, 5, 2]), tf.ones([3, 3, 2, 3]), tf.ones([3])];
          const dy = tf.tensor3d(whole('dy', [4, 5, 3]), [4, 5, 3]);
          const [dx, , ofBias] = tf.grads(op)(inputs, dy);
          expect(dx.shape).to.deep.equal([4, 5, 2]);
          expect([...ofBias.dataSync()]).to.deep.equal([...tf.sum(dy, [0, 1]).dataSync()]);
        }),
      ));

    it('leave the gradients of other fused convolutions as they were', () =>
      withoutLeak(backend, () =>
        tf.tidy(() => {
          const op = (x: tf.Tensor) => {
            const given = {
              filter: tf.ones([1, 1, 1, 1]) as tf.Tensor4D,
              strides: 1,
              pad: 'same',
            } as const;
            const first = tf.fused.conv2d({ ...given, x: x as tf.Tensor4D, dilations: 2 });
            return tf.fused.conv2d({ ...given, x: first });
          };
          const dx = tf.grad(op)(tf.ones([1, 2, 2, 1]), tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]));
          expect([...dx.dataSync()]).to.deep.equal([1, 2, 3, 4]);
          const own = tf.customGrad((x) => {
            const value = tf.fused.conv2d({
              ...{ x: x as tf.Tensor4D, filter: tf.ones([1, 1, 1, 1]) as tf.Tensor4D },
              ...{ strides: 1, pad: 'same', dilations: 2 },
            });
            return { value, gradFunc: (dy) => tf.mul(dy as tf.Tensor, 7) };
          });
          const ofOwn = tf.grad((x) => own(x))(tf.ones([1, 1, 1, 1]));
          expect([...ofOwn.dataSync()]).to.deep.equal([7]);
        }),
      ));

    for (const activation of backend === 'tiled-webgl' ? (['relu6'] as const) : activations) {
      it(`pass through ${activation}, dilated or not, as through the ops one by one`, () =>
        withoutLeak(backend, () => expectOpsOneByOne(activation)));
    }
  });
}

describe('gradients that tfjs-core computes', () => {
  it('are its own functions, which still refuse strides and dilations above 1 together', () => {
    const attrs = { strides: [2, 2], pad: 'same', dilations: [2, 2], dataFormat: 'NHWC' } as never;
    expect(() => tf.getGradient(tf.Conv2D).gradFunc(tf.scalar(1), [], attrs)).to.throw(
      'dilation rates greater than 1 are not yet supported in gradients',
    );
  });

  it('are extended once, also when tfjs registers its own again', async () => {
    const before = tf.getGradient(tf.Conv2D);
    registerTiled();
    expect(tf.getGradient(tf.Conv2D)).to.equal(before);
    const calls: unknown[] = [];
    const own: tf.GradConfig = {
      ...before,
      gradFunc: (...given) => {
        calls.push(given);
        return {};
      },
    };
    tf.unregisterGradient(tf.Conv2D);
    try {
      // A new object without our mark, as tfjs registers it.
      tf.registerGradient({ kernelName: own.kernelName, gradFunc: own.gradFunc });
      registerTiled();
      const [dy, saved, attrs] = [tf.scalar(1), [], { strides: 1, dilations: 1 }] as const;
      tf.getGradient(tf.Conv2D).gradFunc(dy, [...saved], attrs);
      expect(calls).to.deep.equal([[dy, [], attrs]]);
      dy.dispose();
    } finally {
      tf.unregisterGradient(tf.Conv2D);
      tf.registerGradient(before);
    }
  });
});
