import { expect } from 'chai';
import { spans } from '../../../../kernels/cpu/regions.js';

describe('spans of output positions that see the same taps', () => {
  it('separate the borders from the inside', () => {
    expect(spans({ out: 5, in: 5, filter: 3, stride: 1, dilation: 1, pad: 1 })).to.deep.equal([
      { from: 0, to: 1, tapFrom: 1, tapTo: 3 },
      { from: 1, to: 4, tapFrom: 0, tapTo: 3 },
      { from: 4, to: 5, tapFrom: 0, tapTo: 2 },
    ]);
  });

  it('cover every position once and hold exactly the taps inside, on any axis', () => {
    for (const [size, filter, stride, dilation, pad] of [
      [5, 3, 2, 1, 2],
      [4, 5, 1, 2, 6],
      [7, 2, 3, 1, 0],
      [3, 3, 1, 4, 9],
      [6, 3, 1, 1, -1],
    ]) {
      const out = Math.ceil((size + 2 * pad - (filter - 1) * dilation) / stride) + 1;
      const found = spans({ out, in: size, filter, stride, dilation, pad });
      let next = 0;
      for (const { from, to, tapFrom, tapTo } of found) {
        expect(from).to.equal(next);
        next = to;
        for (let at = from; at < to; at++) {
          for (let tap = 0; tap < filter; tap++) {
            const place = at * stride - pad + tap * dilation;
            expect(place >= 0 && place < size).to.equal(tap >= tapFrom && tap < tapTo);
          }
        }
      }
      expect(next).to.equal(out);
    }
  });
});
