/** Run of the fuzz that is long enough to reach every variant. */
import { expect } from 'chai';
import { expectNoDifference } from '../../../conformance/fuzz/fuzzRun.js';
import { ours } from '../../../support/setup.js';

for (const backend of ours) {
  describe(`fuzz on ${backend}`, () => {
    it('finds no difference in 600 cases, and runs every variant', async () => {
      const { report, engine } = await expectNoDifference(backend, 600, 5);
      expect(report.counts.likeStock, 'like stock').to.be.above(0);
      expect(report.counts.refused, 'refused').to.be.above(0);
      expect(report.asked, 'asked of stock').to.be.above(5);
      expect(Object.keys(report.ran ?? {}), 'variants').to.include.members([...engine.possible]);
    });
  });
}
