/** Tests of sums of products on tensors in planes. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import { conversionsIn } from '../../../support/conversionsIn.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

const weight = (shape: number[]) =>
  tf.tensor(
    wholeNumbers([1, 1, 1, shape.reduce((a, b) => a * b)]).map((v) => v % 3),
    shape,
  );

/** Attention as Keras exports it: [1, 5, 12] tokens, 3 heads of 4 channels. */
const attention = (x: tf.Tensor) => {
  const tokens = tf.reshape(x, [1, 5, 12]);
  const [query, key, value] = [0, 1, 2].map((shift) =>
    tf.einsum('abc,cde->abde', tokens, tf.add(weight([12, 3, 4]), shift)),
  );
  const scores = tf.einsum('aecd,abcd->acbe', key, query);
  const mixed = tf.einsum('acbe,aecd->abcd', scores, value);
  return tf.einsum('abcd,cde->abe', mixed, weight([3, 4, 12]));
};

describe('einsum in tiles', () => {
  it('equals stock cpu for attention, converts nothing on the way, and leaves nothing', () =>
    leavingNothing(async () => {
      await tf.setBackend('cpu');
      const shape: Shape4 = [1, 1, 5, 12];
      const expected = tf.tidy(() => [
        ...attention(tf.tensor4d(wholeNumbers(shape), shape)).dataSync(),
      ]);
      await tf.setBackend('tiled-webgl');
      const x = inPlanes(shape);
      const converted = conversionsIn(() => {
        const y = tf.tidy(() => attention(x));
        expect(y.shape).to.deep.equal([1, 5, 12]);
        expect([...y.dataSync()]).to.deep.equal(expected);
        y.dispose();
      });
      expect(
        converted.filter(({ kind, kernel }) => kind === 'untile' && kernel !== 'read'),
      ).to.deep.equal([]);
      expect(tiledInfo('tiled-webgl').ladder).to.deep.equal([]);
      x.dispose();
    }));

  it('is right where nothing is in planes, and where it is no product of matrices', () =>
    leavingNothing(async () => {
      const works = [
        () => tf.einsum('ki,jk->ij', weight([3, 4]), weight([5, 3])),
        () => tf.einsum('ij,jk->ijk', weight([2, 3]), weight([3, 4])),
        () => tf.einsum('ij->i', weight([2, 3])),
      ];
      for (const work of works) {
        await tf.setBackend('cpu');
        const expected = tf.tidy(() => [...work().dataSync()]);
        await tf.setBackend('tiled-webgl');
        expect(tf.tidy(() => [...work().dataSync()])).to.deep.equal(expected);
      }
    }));
});
