/** Tests of tensors of each type in the heap of tiled-cpu. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import type { TiledCPUBackend } from '../../../../src/base.js';
import { forceVariant, trim } from '../../../../src/index.js';

const backend = () => tf.backend() as TiledCPUBackend;

describe('a tensor in the heap of tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('keeps its type and values when the heap grows, and when it moves', () => {
    const { numTensors } = tf.memory();
    const tensors = tf.tidy(() => {
      const x = tf.tensor1d([-2, 0, 16777217, 3], 'int32');
      return [tf.add(x, x), tf.greater(x, 0), tf.relu(tf.tensor1d([1.5, -2]))];
    });
    for (const { dataId } of tensors) {
      expect(backend().residents.isOnHeap(dataId)).to.equal(true);
    }
    const expected = [
      Int32Array.of(-4, 0, 33554434, 6),
      Uint8Array.of(0, 0, 1, 1),
      Float32Array.of(1.5, 0),
    ];
    const values = () => tensors.map((tensor) => tensor.dataSync());
    expect(values()).to.deep.equal(expected);
    tf.tidy(() => void tf.relu(tf.zeros([3_000_000])));
    expect(values()).to.deep.equal(expected);
    trim('tiled-cpu');
    expect(values()).to.deep.equal(expected);
    tf.dispose(tensors);
    expect(tf.memory().numTensors).to.equal(numTensors);
  });

  it("is read as its own type if stock's cast shares its data", () => {
    const x = tf.tensor1d([16777217, -3], 'int32');
    forceVariant('plain', 'tiled-cpu');
    const shared = tf.cast(x, 'float32');
    forceVariant(null, 'tiled-cpu');
    expect(shared.dataId).to.equal(x.dataId);
    const used = backend().heap?.usedBytes() as number;
    const y = tf.mul(shared, 1);
    expect(y.dataSync()).to.deep.equal(Float32Array.of(16777216, -3));
    expect(x.dataSync()).to.deep.equal(Int32Array.of(16777217, -3));
    expect(tf.add(x, x).dataSync()).to.deep.equal(Int32Array.of(33554434, -6));
    y.dispose();
    shared.dispose();
    x.dispose();
    expect(backend().heap?.usedBytes()).to.be.at.most(used + 64);
  });

  it('is not converted by a cast of our kernels', () => {
    const x = tf.tensor1d([16777217, -3], 'int32');
    const y = tf.cast(x, 'float32');
    expect(y.dataId).to.not.equal(x.dataId);
    expect(y.dataSync()).to.deep.equal(Float32Array.of(16777216, -3));
    expect(x.dataSync()).to.deep.equal(Int32Array.of(16777217, -3));
    tf.dispose([x, y]);
  });
});
