/**
 * Tests of the grid of kernels in the browser, one test per case. On WebGL, where each case compiles
 * programs, only some cases of each family run; test/long runs them all.
 */
import { kernelGrid } from '../../../../src/validator/index.js';
import { inParts, testCases } from './gridTests.js';
import '../../../support/setup.js';

/** Every 19th case: nineteen shares no factor with a family's rows, so all kinds of case run. */
const some = kernelGrid().filter((_, i) => i % 19 === 0);

describe('tiled-webgl on the grid of kernels', () => {
  testCases('tiled-webgl', ['cpu'], some);
});

for (const [part, cases] of inParts(kernelGrid(), 2).entries()) {
  describe(`tiled-cpu on the grid of kernels, part ${part + 1}`, () => {
    testCases('tiled-cpu', ['cpu'], cases);
  });
}
