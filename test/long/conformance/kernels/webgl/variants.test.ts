/** Tests that every variant computes what it accepts, on many cases. */
import { expect } from 'chai';
import { forceVariant, variantNames } from '../../../../../src/index.js';
import { coreGrid } from '../../../../../src/validator/index.js';
import { backend, casesTaken } from '../../../../conformance/kernels/webgl/forcedVariants.js';
import { tf } from '../../../../support/setup.js';

/** All cases of the kernels that have few, and every third one of conv2d. */
const cases = [...coreGrid()].filter((c, i) => c.kernel !== 'conv2d' || i % 3 === 0);

/** Number of cases in one test, so that no test is long. */
const AT_ONCE = 40;

for (const name of variantNames()) {
  describe(`the forced variant ${name}`, () => {
    let taken = 0;
    before(() => tf.setBackend(backend));
    after(() => forceVariant(null, backend));

    for (let first = 0; first < cases.length; first += AT_ONCE) {
      it(`is right on the cases from ${first} on that it takes`, async () => {
        taken += await casesTaken(name, cases.slice(first, first + AT_ONCE));
      });
    }

    it('takes at least a few cases', () => {
      expect(taken, 'cases taken').to.be.greaterThan(10);
    });
  });
}
