import { expect } from 'chai';
import { percentile } from '../../../../scripts/report/statistics.js';

describe('the quantile of some values', () => {
  it('is the value that a given share of them does not exceed', () => {
    expect(percentile([4], 0.9)).to.equal(4);
    expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9)).to.equal(9);
    expect(percentile([3, 1, 2], 0)).to.equal(1);
  });
});
