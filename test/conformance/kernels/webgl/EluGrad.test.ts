/** Tests of EluGrad in tiles. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { conversionsIn } from '../../../support/conversionsIn.js';
import {
  drawsOf,
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  type Shape4,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const shape: Shape4 = [2, 5, 6, 7];

describe('EluGrad', () => {
  it('is one draw in tiles, and what the definition says', () =>
    leavingNothing(() =>
      tf.tidy(() => {
        const y = tf.mul(inPlanes(shape), 1 / 16);
        const dy = inPlanes(shape);
        // A read draws them before, so that only the kernel is counted.
        const [own, given] = [y.dataSync(), dy.dataSync()];
        let dx: tf.Tensor = y;
        const conversions = conversionsIn(() => {
          const run = () => {
            dx = tf.engine().runKernel(tf.EluGrad, { dy, y }) as tf.Tensor;
          };
          expect(drawsOf(run)).to.equal(1);
        });
        expect(conversions).to.deep.equal([]);
        expectOnlyInPlanes(dx);
        // Multiples of 1/16, so that every operation is exact.
        const exact = Array.from(own, (v, i) => (v >= 0 ? given[i] : given[i] * (v + 1)));
        expect([...dx.dataSync()]).to.deep.equal(exact);
      }),
    ));

  it('keeps NaN, and takes a matrix in the tiles of its data', () =>
    leavingNothing(() =>
      tf.tidy(() => {
        const y = tf.reshape(tf.mul(inPlanes([1, 1, 1, 8]), Number.NaN), [2, 4]);
        const dx = tf.engine().runKernel(tf.EluGrad, { dy: tf.ones([2, 4]), y }) as tf.Tensor;
        expect([...dx.dataSync()]).to.deep.equal(Array(8).fill(Number.NaN));
      }),
    ));
});
