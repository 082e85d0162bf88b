/** Tests of the passes of TopK, as plain data. */
import { expect } from 'chai';
import { readCost } from '../../../../kernels/webgl/cost.js';
import { profileNamed } from '../../../../kernels/webgl/devices.js';
import { topKPasses } from '../../../../kernels/webgl/TopK.js';

const software = profileNamed('swiftshader');
const gpu = profileNamed('nvidia');

describe('passes of TopK', () => {
  it('leave k values, and each at most half of what it reads, but the last one', () => {
    for (const size of [1, 5, 64, 1000, 4099, 100_000]) {
      for (const k of [1, 5, 100].filter((k) => k <= size)) {
        const { passes } = topKPasses(size, k, 1, gpu);
        expect(passes.at(-1)!.kept).to.equal(k);
        let count = size;
        for (const { kept, slices } of passes.slice(0, -1)) {
          expect(kept).to.be.at.most(count / 2 + k);
          expect(4 * slices).to.be.at.least(2 * k);
          count = kept;
        }
        expect(4 * passes.at(-1)!.slices).to.be.within(count, count + 3);
      }
    }
  });

  it('are one where rows are short, and are left to stock only where rows are long', () => {
    const cost = (size: number, k: number, device = software) =>
      topKPasses(size, k, 1, device).cost;
    expect(topKPasses(1000, 5, 1, software).passes).to.have.length(1);
    expect(topKPasses(1536, 7, 2, software).passes).to.have.length(2);
    expect(cost(1000, 50)).to.be.below(readCost(software));
    expect(cost(100_000, 100)).to.be.above(readCost(software));
    expect(cost(100_000, 100, gpu)).to.be.below(readCost(gpu));
  });
});
