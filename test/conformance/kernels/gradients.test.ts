/** Tests of gradients of convolutions against stock cpu; test/long adds stock webgl. */
import { expect } from 'chai';
import { integers, stream } from '../../../src/validator/index.js';
import { ours, tf } from '../../support/setup.js';
import { cases, expectGradientsOf } from './gradients.js';

/**
 * Learning rate; a power of two, so that products with it are exact. After each step the weights are
 * rounded to multiples of 1/8, so that the next one is exact as well.
 */
const RATE = 1;

for (const backend of ours) {
  describe(`gradients on ${backend}`, () => {
    for (const c of cases) {
      it(`equal those of stock cpu: ${c.name}`, () => expectGradientsOf(['cpu'], backend, c));
    }

    it('equal those of stock cpu bit for bit while a filter is trained on exact numbers', async () => {
      const train = async (name: string) => {
        await tf.setBackend(name);
        const whole = (part: string, shape: [number, number, number, number]) =>
          tf.tensor4d(integers(stream(1, part), tf.util.sizeFromShape(shape), 1), shape);
        const x = whole('x', [1, 8, 8, 3]);
        const start = whole('w', [3, 3, 3, 4]);
        const filter = tf.variable(start);
        const optimizer = tf.train.sgd(RATE);
        const found: number[] = [];
        for (let step = 0; step < 4; step++) {
          const loss = optimizer.minimize(
            () => tf.mean(tf.square(tf.relu(tf.conv2d(x, filter, 1, 'same')))) as tf.Scalar,
            true,
            [filter],
          );
          found.push((await loss!.data())[0]);
          loss!.dispose();
          tf.tidy(() => filter.assign(tf.mul(tf.round(tf.mul(filter, 8)), 1 / 8)));
        }
        const weights = [...(await filter.data())];
        tf.dispose([x, start, filter]);
        return { losses: found, weights };
      };
      const own = await train(backend);
      expect(own).to.deep.equal(await train('cpu'));
      const { losses, weights } = own;
      losses.forEach((loss, i) => {
        if (i > 0) expect(loss).to.be.below(losses[i - 1]);
      });
      // All sums are exact: those of squares are multiples of 1/64, and below 2^18.
      expect(losses[0] * 256).to.be.below(2 ** 18);
      expect(Math.max(...weights.map(Math.abs))).to.be.within(1 / 8, 2);
    });
  });
}
