/** Tests of pooling, reduction and resizing of tensors in planes; test/long covers other shapes. */
import { expect } from 'chai';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { expectWithin, meanOfExact } from '../../../support/rounding.js';
import { tf } from '../../../support/setup.js';
import { boundOf, equalsStock, pools, reductions, resizes, shapes } from './imageKernels.js';

const [shape] = shapes;

describe('pooling in planes', () => {
  for (const [name, kernel] of Object.entries(pools)) {
    it(`equals stock: ${name} of [${shape}]`, () =>
      equalsStock(kernel, shape, 'cpu', boundOf(name)));
  }

  it('ignores NaN in a maximum, and returns NaN for a mean that includes one', () =>
    leavingNothing(() => {
      const [largest, mean] = tf.tidy(() => {
        const zero = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, Number.NaN, 9], [1, 3, 3, 1]);
        const x = tf.depthwiseConv2d(zero, tf.ones([1, 1, 1, 1]) as tf.Tensor4D, 1, 'valid');
        expectOnlyInPlanes(x);
        const pooled = [tf.maxPool(x, 2, 1, 'valid'), tf.avgPool(x, 2, 1, 'valid')];
        for (const y of pooled) expectOnlyInPlanes(y);
        return pooled.map((y) => [...y.dataSync()]);
      });
      expect(largest).to.deep.equal([5, 6, 7, 9]);
      expect(mean).to.deep.equal([3, 4, Number.NaN, Number.NaN]);
    }));

  it('shares the data of its input when it changes nothing', () =>
    leavingNothing(() => {
      const x = inPlanes([1, 4, 5, 3]);
      const y = tf.maxPool(x, 1, 1, 'same');
      expect(y.dataId).to.equal(x.dataId);
      tf.dispose([x, y]);
    }));
});

describe('reduction over the pixels of planes', () => {
  for (const shape of [...shapes, [1, 40, 50, 6] as Shape4]) {
    for (const [name, kernel] of Object.entries(reductions)) {
      it(`equals stock: ${name} of [${shape}]`, () =>
        equalsStock(kernel, shape, 'cpu', boundOf(name)));
    }
  }

  it('runs over height and width of an NCHW tensor', () =>
    leavingNothing(() => {
      const shape: Shape4 = [2, 5, 4, 3];
      const x = tf.tidy(() => {
        const values = tf.tensor4d(wholeNumbers(shape), shape);
        const same = tf.reshape(tf.eye(5), [1, 1, 5, 5]) as tf.Tensor4D;
        return tf.conv2d(values, same, 1, 'valid', 'NCHW');
      });
      expectOnlyInPlanes(x);
      for (const keepDims of [false, true]) {
        const y = tf.mean(x, [2, 3], keepDims);
        expect(y.shape).to.deep.equal(keepDims ? [2, 5, 1, 1] : [2, 5]);
        const wanted = Array.from({ length: 10 }, (_, i) =>
          meanOfExact(wholeNumbers(shape).slice(12 * i, 12 * i + 12)),
        );
        expectWithin(y.dataSync(), wanted);
        y.dispose();
      }
      x.dispose();
    }));
});

// Compared with stock webgl, which computes coordinates in float32 as we do, by the same operations
// in the same order; stock cpu uses float64.
describe('resizing in planes', () => {
  for (const [name, kernel] of Object.entries(resizes)) {
    it(`equals stock: ${name} of [${shape}]`, () => equalsStock(kernel, shape, 'webgl'));
  }
});
