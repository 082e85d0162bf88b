/** Tests of the grid of kernels, also against stock webgl, which compiles programs for each case. */
import { inParts, testCases } from '../../../../conformance/src/validator/gridTests.js';
import '../../../../support/setup.js';
import { kernelGrid } from '../../../../../src/validator/index.js';

for (const [part, cases] of inParts(kernelGrid(), 6).entries()) {
  describe(`tiled-webgl beside stock webgl on the grid of kernels, part ${part + 1}`, () => {
    testCases('tiled-webgl', ['webgl', 'cpu'], cases);
  });
}
