/** A slice of the fuzz; `npm run fuzz` goes on from here. */
import { expect } from 'chai';
import { fuzz } from '../../scripts/fuzz/fuzz.js';
import { stockOf } from '../../scripts/fuzz/judge.js';
import { countsText } from '../../scripts/fuzz/text.js';
import { ours } from './setup.js';

for (const backend of ours) {
  describe(`fuzz on ${backend}`, () => {
    it('finds no difference in 300 cases', async function () {
      // A software rasteriser compiles hundreds of programs meanwhile.
      this.timeout(300_000);
      const report = await fuzz({ backend, stock: stockOf[backend], runs: 300, seed: 1 });
      expect(report.difference).to.equal(null);
      expect(report.cases, countsText(report.counts)).to.equal(300);
    });
  });
}
