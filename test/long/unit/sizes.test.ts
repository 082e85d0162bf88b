/** Test that each entry of both packages stays within its budget of bytes. */
import { expect } from 'chai';
import { exports } from '../../../package.json';
import { type AppSize, apps, measureApps, overBudget } from '../../../scripts/sizes/apps.js';

describe('the size of the packages', () => {
  it('is within the budget of each entry', async () => {
    const sizes = await measureApps();
    expect(overBudget(sizes)).to.deep.equal([]);
    // A bundle without the engine would be within any budget.
    for (const { entry, own, ownBudget } of sizes) {
      expect(own, entry).to.be.greaterThan(ownBudget / 3);
    }
  });

  it('has a budget for each entry', () => {
    const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'));
    expect(Object.keys(apps)).to.have.members([...entries, 'tfjs-conv-validate']);
  });

  it('is reported by entry and kind where it is above its budget', () => {
    const size: AppSize = { entry: './cpu', own: 11, ownBudget: 10, whole: 21, wholeBudget: 20 };
    expect(overBudget([size])).to.deep.equal([
      './cpu: 11 bytes of this package; the budget is 10',
      './cpu: 21 bytes with tfjs; the budget is 20',
    ]);
    expect(overBudget([{ ...size, ownBudget: 11, wholeBudget: 21 }])).to.deep.equal([]);
    expect(overBudget([{ ...size, ownBudget: 11, whole: null, wholeBudget: null }])).to.deep.equal(
      [],
    );
  });
});
