/** Tests of the draws that join tensors along an axis. */
import { expect } from 'chai';
import { joinWindows } from '../../../../kernels/webgl/join.js';
import { integers, stream } from '../../../../src/validator/index.js';

describe('windows of joined tensors', () => {
  it('have each tile once, and no tile with values of a third input', () => {
    const next = stream(1, 'windows');
    for (let i = 0; i < 300; i++) {
      const sizes = [...integers(next, 2 + (i % 4), 9)].map((v) => 1 + Math.abs(v));
      const tile = 1 + (i % 3) * 2;
      const begins = sizes.map((_, k) => sizes.slice(0, k).reduce((a, b) => a + b, 0));
      const total = sizes.reduce((a, b) => a + b);
      const inputAt = (place: number) => begins.findLastIndex((begin) => begin <= place);
      const draws = joinWindows(sizes, tile);
      let isPossible = true;
      for (let place = 0; place < total; place += tile) {
        const last = inputAt(Math.min(place + tile, total) - 1);
        const isLast = inputAt(place) === sizes.length - 1;
        if (last > inputAt(place) + 1) isPossible = false;
        const drawn = draws?.filter(({ window: [a, b] }) => place >= a && place < b);
        if (draws === null) continue;
        const first = isLast ? sizes.length - 2 : inputAt(place);
        expect(drawn!.map((draw) => draw.first)).to.deep.equal([first]);
      }
      expect(draws !== null, `${sizes} in ${tile}`).to.equal(isPossible);
    }
  });
});
