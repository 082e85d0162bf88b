/** Tests of convolutions of empty tensors: stock cpu's answers, and nothing left behind. */
import { expect } from 'chai';
import { leavingNothing } from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

type Shape4 = [number, number, number, number];

const cases: { x: Shape4; filter: Shape4; pad: 'same' | number }[] = [
  { x: [1, 4, 4, 0], filter: [3, 3, 0, 4], pad: 'same' },
  { x: [1, 0, 2, 2], filter: [3, 3, 2, 4], pad: 2 },
  { x: [0, 4, 4, 2], filter: [3, 3, 2, 4], pad: 'same' },
  { x: [1, 4, 4, 2], filter: [3, 3, 2, 0], pad: 'same' },
];

describe('convolutions of empty tensors on tiled-webgl', () => {
  for (const { x, filter, pad } of cases) {
    it(`equal stock cpu: [${x}] by [${filter}], pad ${pad}`, () =>
      leavingNothing(async () => {
        const run = () =>
          tf.tidy(() => {
            const operands = {
              x: tf.zeros(x) as tf.Tensor4D,
              filter: tf.ones(filter) as tf.Tensor4D,
            };
            const y = tf.conv2d(operands.x, operands.filter, 1, pad);
            const bias = tf.range(-1, filter[3] - 1) as tf.Tensor1D;
            const z = tf.fused.conv2d({ ...operands, strides: 1, pad, bias, activation: 'relu' });
            return { shapes: [y.shape, z.shape], y: [...y.dataSync()], z: [...z.dataSync()] };
          });
        await tf.setBackend('cpu');
        const expected = run();
        await tf.setBackend('tiled-webgl');
        // Compared as JSON, where -0 equals 0, because relu may return either.
        expect(JSON.stringify(run())).to.equal(JSON.stringify(expected));
      }));
  }
});
