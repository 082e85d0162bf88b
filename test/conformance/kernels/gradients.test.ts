/** Tests of gradients of convolutions against stock cpu; test/long adds stock webgl. */
import { expect } from 'chai';
import { fractions, stream } from '../../../src/validator/index.js';
import { ours, tf } from '../../support/setup.js';
import { cases, expectGradientsOf } from './gradients.js';

for (const backend of ours) {
  describe(`gradients on ${backend}`, () => {
    for (const c of cases) {
      it(`${c.name} equal those of stock cpu`, () => expectGradientsOf(['cpu'], backend, c));
    }

    it('fall step by step as they do on stock when a filter is trained', async () => {
      const losses = async (name: string) => {
        await tf.setBackend(name);
        const x = tf.tensor4d(fractions(stream(1, 'x'), 6 * 6 * 3), [1, 6, 6, 3]);
        const start = tf.tensor4d(fractions(stream(1, 'w'), 3 * 3 * 3 * 4), [3, 3, 3, 4]);
        const filter = tf.variable(start);
        const optimizer = tf.train.sgd(0.01);
        const found: number[] = [];
        for (let step = 0; step < 4; step++) {
          const loss = optimizer.minimize(
            () => tf.mean(tf.square(tf.relu(tf.conv2d(x, filter, 1, 'same')))) as tf.Scalar,
            true,
            [filter],
          );
          found.push((await loss!.data())[0]);
          loss!.dispose();
        }
        tf.dispose([x, start, filter]);
        return found;
      };
      const own = await losses(backend);
      const stock = await losses('cpu');
      own.forEach((loss, i) => {
        expect(loss).to.be.closeTo(stock[i], 1e-5 * stock[i]);
        if (i > 0) expect(loss).to.be.below(own[i - 1]);
      });
    });
  });
}
