/** Tests of the self-test for variants that run several programs in a chain. */
import { expect } from 'chai';
import { variants } from '../../../../../../kernels/webgl/variants.js';
import { forceVariant, type TiledWebGLBackend } from '../../../../../../src/index.js';
import {
  name,
  ours,
  rewriting,
  withDriver,
} from '../../../../../conformance/src/webgl/context/wrongDrivers.js';
import { tf } from '../../../../../support/setup.js';

describe('the self-test of Winograd', () => {
  for (const { name: variant } of variants.filter(({ method }) => method === 'winograd')) {
    const wide = (activation: tf.fused.Activation) =>
      tf.tidy(() =>
        tf.fused
          .conv2d({
            x: tf.reshape(tf.range(0, 5 * 6 * 35), [1, 5, 6, 35]) as tf.Tensor4D,
            filter: tf.ones([3, 3, 35, 6]) as tf.Tensor4D,
            strides: 1,
            pad: 2,
            bias: tf.range(0, 6) as tf.Tensor1D,
            activation,
            preluActivationWeights: tf.fill([6], 0.5),
          })
          .dataSync(),
      );

    it(`passes ${variant} on a right driver`, async () => {
      const activations = ['linear', 'relu', 'prelu', 'leakyrelu'] as const;
      await tf.setBackend('cpu');
      const right = activations.map((activation) => [...wide(activation)]);
      await withDriver(
        () => {},
        () => {
          forceVariant(variant, name);
          for (const [i, activation] of activations.entries()) {
            expect([...wide(activation)], activation).to.deep.equal(right[i]);
          }
          const { planes } = (tf.backend() as unknown as TiledWebGLBackend).device;
          expect(planes.setsInUse).to.equal(0);
        },
      );
    });

    it(`refuses ${variant} when its programs are wrong`, () =>
      withDriver(
        rewriting((source) => (source.includes('int stack;') ? ours(source) : source)),
        () => {
          forceVariant(variant, name);
          for (const _again of [1, 2]) {
            expect(() => wide('relu')).to.throw(`${variant}: self-test: `);
          }
          const { planes } = (tf.backend() as unknown as TiledWebGLBackend).device;
          expect(planes.setsInUse).to.equal(0);
        },
      ));
  }
});
