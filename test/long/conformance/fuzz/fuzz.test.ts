/** Run of the fuzz that is long enough to reach every variant. */
import { expect } from 'chai';
import { PRECISION } from '../../../../src/engine/flags.js';
import { expectNoDifference } from '../../../conformance/fuzz/fuzzRun.js';
import { onOwnBackend } from '../../../support/ownBackend.js';
import { ours, tf } from '../../../support/setup.js';

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

describe('fuzz on tiled-webgl with half floats', () => {
  it('finds no difference in 60 cases beyond the rounding of stored values', async () => {
    tf.env().set(PRECISION, 'half');
    try {
      const { report } = await onOwnBackend(
        'tiled-half',
        () => {},
        () => expectNoDifference('tiled-webgl', 60, 5, { name: 'tiled-half', precision: 'half' }),
      );
      expect(Object.keys(report.ran ?? {}).filter((name) => /^winograd/.test(name))).to.deep.equal(
        [],
      );
    } finally {
      tf.env().set(PRECISION, 'float32');
    }
  });
});
