/** Checks of a backend that is removed and registered again and again. */
import { expect } from 'chai';
import { registerTiled } from '../../../src/index.js';
import { tf } from '../../support/setup.js';
import { makeNet } from '../../support/worker/smallNet.js';

export const held = () => {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes };
};

/** Predicts with one convolution, so that a new context has few programs to compile. */
function convolved(): number[] {
  return tf.tidy(() => {
    const { pointwise } = makeNet('removal');
    return [...tf.conv2d(tf.ones<tf.Rank.R4>([1, 3, 4, 8]), pointwise, 1, 'same').dataSync()];
  });
}

/**
 * Removes and registers the backend this many times. Expects a new instance each time, the same
 * answers, and nothing left of the last instance.
 */
export async function expectSameAgain(backend: string, times: number): Promise<void> {
  await tf.setBackend(backend);
  const expected = convolved();
  const before = held();
  for (let i = 0; i < times; i++) {
    const old = tf.backend();
    tf.removeBackend(backend);
    expect(tf.findBackend(backend)).to.equal(null);
    registerTiled();
    expect(await tf.setBackend(backend)).to.equal(true);
    expect(tf.backend()).to.not.equal(old);
    expect(convolved(), `instance ${i}`).to.deep.equal(expected);
    expect(held(), `instance ${i}`).to.deep.equal(before);
  }
}
