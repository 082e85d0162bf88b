/** Tests of the gradient of depthToSpace, of which tfjs-core has none. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { ours, tf } from '../../../support/setup.js';
import { withoutLeak } from './dilated.js';

/** Values that come from their own places: dx is where the values of the result came from. */
function expectInverse(
  shape: [number, number, number, number],
  format: 'NHWC' | 'NCHW',
  block: number,
) {
  tf.tidy(() => {
    const x = tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape) as tf.Tensor4D;
    const op = (t: tf.Tensor) => tf.depthToSpace(t as tf.Tensor4D, block, format);
    const dx = tf.grad(op)(x, op(x));
    expect(dx.shape).to.deep.equal(shape);
    expect([...dx.dataSync()]).to.deep.equal([...x.dataSync()]);
  });
}

for (const backend of [...ours, 'cpu']) {
  describe(`the gradient of depthToSpace on ${backend}`, () => {
    for (const block of [2, 3]) {
      it(`puts values back from blocks of ${block}`, () =>
        withoutLeak(backend, () => expectInverse([2, 3, 4, 2 * block * block], 'NHWC', block)));
    }
  });
}

describe('the gradient of depthToSpace in NCHW', () => {
  it('puts values back', () =>
    withoutLeak('tiled-webgl', () => expectInverse([2, 8, 3, 4], 'NCHW', 2)));
});
