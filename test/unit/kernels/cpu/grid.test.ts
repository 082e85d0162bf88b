import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { forceVariant } from '../../../../src/index.js';
import { caseId, coreGrid } from '../../../../src/validator/index.js';
import { agrees } from '../../../support/agrees.js';

// Browser tests cover relaxed SIMD because not every Node that we support has it.
for (const build of ['simd', 'plain']) {
  describe(`tiled-cpu on the core grid, ${build}`, () => {
    before(async () => {
      await tf.setBackend('tiled-cpu');
      forceVariant(build, 'tiled-cpu');
    });
    after(() => forceVariant(null, 'tiled-cpu'));
    for (const c of coreGrid()) {
      it(caseId(c), () => agrees(c, 'tiled-cpu'));
    }
  });
}

describe('tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('computes in float32 and says so', () => {
    expect(tf.backend().floatPrecision()).to.equal(32);
    expect(tf.backend().epsilon()).to.equal(1e-7);
  });

  it('skips padding beside an infinite weight, and keeps NaN through relu', () => {
    const x = tf.tensor4d([1, 2, NaN], [1, 1, 3, 1]);
    const filter = tf.tensor4d([Infinity, 1, 0], [1, 3, 1, 1]);
    const y = tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'relu' });
    expect([...y.dataSync()]).to.deep.equal([1, NaN, NaN]);
  });

  it('packs a filter again when its data is read in another shape', () => {
    const x = tf.ones<tf.Rank.R4>([1, 1, 1, 2]);
    const data = tf.tensor1d([1, 2, 3, 4]);
    const square = tf.reshape(data, [1, 1, 2, 2]) as tf.Tensor4D;
    expect([...tf.conv2d(x, square, 1, 'valid').dataSync()]).to.deep.equal([4, 6]);
    const one = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    const row = tf.reshape(data, [1, 1, 1, 4]) as tf.Tensor4D;
    expect([...tf.conv2d(one, row, 1, 'valid').dataSync()]).to.deep.equal([1, 2, 3, 4]);
  });

  it('accepts empty tensors', () => {
    const filter = tf.ones<tf.Rank.R4>([3, 3, 2, 4]);
    const none = tf.conv2d(tf.zeros<tf.Rank.R4>([0, 5, 5, 2]), filter, 1, 'same');
    expect(none.shape).to.deep.equal([0, 5, 5, 4]);
    expect([...none.dataSync()]).to.deep.equal([]);
    const padded = tf.conv2d(tf.zeros<tf.Rank.R4>([1, 0, 2, 2]), filter, 1, 2);
    expect(padded.shape).to.deep.equal([1, 2, 4, 4]);
    expect(padded.dataSync().every((v) => v === 0)).to.equal(true);
  });

  it('gives leakyrelu the slope of tf.leakyRelu when none is given', () => {
    const x = tf.tensor4d([-10], [1, 1, 1, 1]);
    const filter = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    const y = tf.fused.conv2d({ x, filter, strides: 1, pad: 0, activation: 'leakyrelu' });
    expect(y.dataSync()[0]).to.be.closeTo(-2, 1e-6);
  });

  it('refuses a bias larger than the output', () => {
    const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
    const filter = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    const bias = tf.ones([3, 2, 2, 1]);
    expect(() => tf.fused.conv2d({ x, filter, strides: 1, pad: 0, bias })).to.throw(
      'bias of shape [3,2,2,1] does not broadcast to the output [1,2,2,1]',
    );
  });
});
