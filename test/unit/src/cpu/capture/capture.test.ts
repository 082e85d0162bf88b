/** Tests of capture() on tiled-cpu: steps on the heap, kernels of stock's that are called again. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'chai';
import { capture } from '../../../../../src/index.js';

const shape: [number, number, number, number] = [1, 9, 11, 5];
const random = () => tf.randomUniform(shape, -2, 2) as tf.Tensor4D;

function weights() {
  return {
    filter: tf.randomUniform([3, 3, 5, 8]) as tf.Tensor4D,
    bias: tf.randomUniform([8]) as tf.Tensor1D,
  };
}

/** Runs our kernels and stock's alternately. */
function net({ filter, bias }: ReturnType<typeof weights>, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const y = tf.conv2d(x as tf.Tensor4D, filter, 1, 'same');
    const z = tf.relu(tf.add(y, bias)) as tf.Tensor4D;
    const sums = tf.cumsum(z, 1) as tf.Tensor4D;
    return tf.avgPool(
      tf.pad(sums, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]) as tf.Tensor4D,
      3,
      1,
      'valid',
    );
  });
}

describe('capture on tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('gives the bits of the model for other inputs', async () => {
    const { numTensors, numDataBuffers } = tf.memory();
    const w = weights();
    const x = random();
    const fast = await capture((t: tf.Tensor) => net(w, t), x);
    expect(fast.info.reason).to.equal(null);
    expect(fast.info.hostSteps).to.deep.equal({ Cumsum: 1 });
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
    expect(tf.memory()).to.include({ numTensors, numDataBuffers });
  });

  it("leaves nothing behind of stock's kernels that return tensors of the engine", async () => {
    const x = random();
    const fast = await capture((t: tf.Tensor) => tf.tidy(() => tf.abs(tf.cast(t, 'int32'))), x);
    const { numTensors, numDataBuffers } = tf.memory();
    expect(fast.info.hostSteps).to.deep.equal({ Abs: 1 });
    for (let i = 0; i < 3; i++) {
      const found = fast.predict(x);
      const right = Int32Array.from(await x.data()).map(Math.abs);
      expect(await found.data()).to.deep.equal(right);
      found.dispose();
    }
    expect(fast.info.replays).to.equal(3);
    expect(tf.memory()).to.include({ numTensors, numDataBuffers });
    fast.dispose();
    x.dispose();
  });

  it("passes tfjs's check for leaks of kernels that dispose of what they make", async () => {
    const isTest = tf.env().getBool('IS_TEST');
    tf.env().set('IS_TEST', true);
    const x = random();
    const records = tf.backend().numDataIds();
    const fast = await capture((t: tf.Tensor) => tf.leakyRelu(t, 0.25), x);
    expect(fast.info.reason).to.equal(null);
    fast.dispose();
    expect(tf.backend().numDataIds()).to.equal(records);
    tf.env().set('IS_TEST', isTest);
    x.dispose();
  });
});
