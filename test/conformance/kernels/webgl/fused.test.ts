/** Tests of fused convolutions with operands that the requested activation does not use. */
import { expect } from 'chai';
import { leavingNothing, wholeNumbers } from '../../../support/residencySupport.js';
import { ours, tf } from '../../../support/setup.js';

const activations = [undefined, null, 'linear', 'relu', 'relu6'] as const;

describe('slopes of prelu', () => {
  for (const backend of ours) {
    for (const activation of activations) {
      it(`are ignored with the activation ${activation} on ${backend}`, () =>
        leavingNothing(async () => {
          const run = () =>
            tf.tidy(() => {
              const y = tf.fused.conv2d({
                x: tf.tensor4d(wholeNumbers([1, 5, 6, 3]), [1, 5, 6, 3]),
                filter: tf.tensor4d(wholeNumbers([3, 3, 3, 4]), [3, 3, 3, 4]),
                strides: 1,
                pad: 'same',
                bias: tf.range(-2, 2),
                activation: activation as never,
                preluActivationWeights: tf.tensor1d([5, 6, 7, 8]),
              });
              return [...y.dataSync()];
            });
          await tf.setBackend('cpu');
          const expected = run();
          await tf.setBackend(backend);
          const found = run();
          await tf.setBackend('tiled-webgl');
          expect(JSON.stringify(found)).to.equal(JSON.stringify(expected));
        }));
    }
  }
});
