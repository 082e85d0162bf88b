/** Tests of the core grid, also against stock webgl, which compiles programs for each case. */
import { inParts, testCases } from '../../../../conformance/src/validator/gridTests.js';
import '../../../../support/setup.js';
import { coreGrid } from '../../../../../src/validator/index.js';

for (const [part, cases] of inParts(coreGrid(), 6).entries()) {
  describe(`tiled-webgl beside stock webgl on the core grid, part ${part + 1}`, () => {
    testCases('tiled-webgl', ['webgl', 'cpu'], cases);
  });
}
