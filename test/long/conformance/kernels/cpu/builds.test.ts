/** Tests of the core grid on every build of tiled-cpu's kernels; this browser has all three. */
import { expect } from 'chai';
import { forceVariant, VariantRefusal, variantNames } from '../../../../../src/index.js';
import { coreGrid, isFailure, validate } from '../../../../../src/validator/index.js';
import '../../../../support/setup.js';

describe('the builds of tiled-cpu', () => {
  for (const build of variantNames('tiled-cpu')) {
    it(`${build} computes the core grid`, async () => {
      const results = await validate({
        backend: 'tiled-cpu',
        reference: ['cpu'],
        cases: coreGrid(),
        variants: {
          names: [build],
          force: (name) => forceVariant(name, 'tiled-cpu'),
          isRefusal: (error) => error instanceof VariantRefusal,
        },
      });
      const own = results.filter(({ variant }) => variant === build);
      expect(own.length).to.be.above(500);
      for (const { id, verdict, message } of own) {
        expect(isFailure(verdict), `${id}: ${message}`).to.equal(false);
      }
    });
  }
});
