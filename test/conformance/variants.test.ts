/** Every variant computes what it takes, not only what the estimate would give it. */
import { expect } from 'chai';
import { forceVariant, VariantRefusal, variantNames } from '../../src/index.js';
import {
  caseId,
  caseInputs,
  compare,
  coreGrid,
  describeComparison,
  reference,
  runCase,
} from '../../src/validator/index.js';
import { tf } from './setup.js';

const backend = 'tiled-webgl';
/** All depthwise cases, and every third of conv2d, which has many more. */
const cases = [...coreGrid()].filter((c, i) => c.kernel === 'depthwiseConv2d' || i % 3 === 0);

describe('forced variants', () => {
  before(() => tf.setBackend(backend));
  after(() => forceVariant(null, backend));

  for (const name of variantNames()) {
    it(`${name} is right on every case it takes`, async () => {
      forceVariant(name, backend);
      let taken = 0;
      for (const c of cases) {
        const inputs = caseInputs(c);
        try {
          const y = await runCase(c, backend, inputs);
          const result = compare(y, reference(c, inputs));
          expect(result.ok, `${caseId(c)}: ${describeComparison(result)}`).to.equal(true);
          taken++;
        } catch (error) {
          if (!(error instanceof VariantRefusal)) throw error;
        }
      }
      expect(taken, 'cases taken').to.be.greaterThan(10);
    });
  }

  it('an unknown variant is a clear error', () => {
    expect(() => forceVariant('fastest')).to.throw(/no variant 'fastest'; use one of direct-4x2x1/);
  });
});
