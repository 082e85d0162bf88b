/** Tests of the record of a prediction's kernels on tiled-cpu. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { record } from '../../../../../../scripts/bench/page/models/record.js';
import '../../../../../../src/index.js';

describe('nets: the record of a prediction on tiled-cpu', () => {
  it('tells our kernels, those that stock cpu computes, and views', async () => {
    await tf.setBackend('tiled-cpu');
    const x = tf.tensor2d([1, -2, 3, 4], [2, 2]);
    const complex = tf.complex([1, 2], [3, 4]);
    const kernels = () => tf.getKernelsForBackend('cpu').map(({ kernelFunc }) => kernelFunc);
    const before = kernels();
    const work = async () =>
      tf.tidy(() => {
        tf.reshape(tf.relu(x), [4]);
        tf.bincount(tf.tensor1d([1, 1, 2], 'int32'), tf.tensor1d([1, 1, 1]), 3);
        tf.add(complex, complex);
      });
    const events = await record(work, null);
    tf.dispose([x, complex]);
    expect(events.map(({ kernel, ran }) => [kernel, ran])).to.deep.equal([
      ['Relu', 'ours'],
      ['Reshape', 'nothing'],
      ['Bincount', 'stock'],
      ['Add', 'stock'],
    ]);
    expect(kernels()).to.deep.equal(before);
  });
});
