/** Tests of Conv3D, which is made of kernels in tiles. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import { leavingNothing, wholeNumbers } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const whole = (shape: [number, number, number, number, number]) =>
  tf.tensor5d(
    wholeNumbers([1, 1, 1, shape.reduce((a, b) => a * b)]).map((v) => v % 4),
    shape,
  );

const cases: Record<string, () => tf.Tensor> = {
  'with padding': () => tf.conv3d(whole([2, 4, 5, 6, 3]), whole([3, 3, 3, 3, 5]), 1, 'same'),
  'with strides': () =>
    tf.conv3d(whole([1, 7, 8, 9, 4]), whole([3, 2, 3, 4, 6]), [2, 3, 1], 'same'),
  'with dilations': () =>
    tf.conv3d(whole([1, 6, 7, 5, 1]), whole([2, 3, 2, 1, 4]), 1, 'valid', 'NDHWC', [3, 2, 2]),
  'two in a row, with bias and relu': () => {
    const first = tf.relu(
      tf.add(tf.conv3d(whole([1, 4, 6, 6, 2]), whole([3, 3, 3, 2, 4]), 1, 'same'), 1),
    );
    return tf.conv3d(first as tf.Tensor5D, whole([3, 3, 3, 4, 2]), 1, 'same', 'NDHWC', 2);
  },
};

describe('Conv3D in tiles', () => {
  for (const [what, work] of Object.entries(cases)) {
    it(`equals stock cpu ${what}, and leaves nothing`, () =>
      leavingNothing(async () => {
        await tf.setBackend('cpu');
        const expected = tf.tidy(() => [...work().dataSync()]);
        await tf.setBackend('tiled-webgl');
        expect(tf.tidy(() => [...work().dataSync()])).to.deep.equal(expected);
        expect(tiledInfo('tiled-webgl').ladder).to.deep.equal([]);
      }));
  }

  it('passes the check for leaks that tfjs makes in its own tests', () =>
    leavingNothing(async () => {
      await tf.setBackend('tiled-webgl');
      tf.env().set('IS_TEST', true);
      try {
        tf.tidy(() => cases['with padding']().dataSync());
      } finally {
        tf.env().set('IS_TEST', false);
      }
    }));
});
