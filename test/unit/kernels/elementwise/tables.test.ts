import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { binaryRows } from '../../../../kernels/elementwise/binary.js';
import { unaryRows } from '../../../../kernels/elementwise/unary.js';

describe('the tables of element-wise kernels', () => {
  const rows = [...Object.values(unaryRows), ...Object.values(binaryRows)];

  it('name each tfjs kernel once, and stock cpu has all of them', () => {
    const names = rows.map(({ kernel }) => kernel);
    expect(new Set(names).size).to.equal(names.length);
    expect(names.filter((name) => tf.getKernel(name, 'cpu') == null)).to.deep.equal([]);
  });
});
