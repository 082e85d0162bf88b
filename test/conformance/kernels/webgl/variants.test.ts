/**
 * Tests that every variant is right, even where the estimate prefers another; test/long adds cases.
 */
import { expect } from 'chai';
import { forceVariant, variantNames } from '../../../../src/index.js';
import { type ConvCase, coreGrid } from '../../../../src/validator/index.js';
import { tf } from '../../../support/setup.js';
import { backend, casesTaken } from './forcedVariants.js';

/** One in this many cases of each kernel, spread over the whole grid; others: one in 61. */
const spacing: Partial<Record<ConvCase['kernel'], number>> = {
  depthwiseConv2d: 11,
  conv2dTranspose: 3,
};

/** Rows whose weights are in uniform blocks differ by their tiles alone: they get a third of the cases. */
const spacingOf = (name: string) => (name.includes('block') ? 3 : 1);

const casesFor = (name: string) =>
  [...coreGrid()].filter((c, i) => i % ((spacing[c.kernel] ?? 61) * spacingOf(name)) === 0);

for (const name of variantNames()) {
  describe(`the forced variant ${name}`, () => {
    before(() => tf.setBackend(backend));
    after(() => forceVariant(null, backend));

    it('is right on the cases that it takes', async () => {
      expect(await casesTaken(name, casesFor(name)), 'cases taken').to.be.above(0);
    });
  });
}

describe('a forced variant', () => {
  it('is refused by name when it is unknown', () => {
    expect(() => forceVariant('fastest')).to.throw(/no variant 'fastest'; use one of direct-4x2x1/);
  });
});
