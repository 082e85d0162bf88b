/** The core grid in the browser, one test a case: our backends beside the stock ones. */
import { expect } from 'chai';
import { caseId, coreGrid, isFailure, validate } from '../../src/validator/index.js';
import { ours } from './setup.js';

for (const backend of ours) {
  // Stock webgl is slow on a software rasteriser: it is asked where it is the one to compare with.
  const reference = backend === 'tiled-webgl' ? ['webgl', 'cpu'] : ['cpu'];
  describe(`${backend} on the core grid`, () => {
    for (const c of coreGrid()) {
      it(caseId(c), async () => {
        const [result] = await validate({ backend, reference, cases: [c] });
        expect(isFailure(result.verdict), result.message).to.equal(false);
        expect(result.verdict, result.message).to.not.equal('skipped');
        // The oracle is held against stock cpu, which shares nothing with it.
        expect(result.stockError.cpu, result.message).to.be.at.most(1);
      });
    }
  });
}
