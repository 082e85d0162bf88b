/**
 * Tests of the core grid in the browser, one test per case. On WebGL, where each case compiles
 * programs, only some cases of each family run; test/long runs them all.
 */
import { coreGrid } from '../../../../src/validator/index.js';
import { inParts, testCases } from './coreGridTests.js';
import '../../../support/setup.js';

/** Every eleventh case: eleven shares no factor with a family's rows, so all kinds of case run. */
const some = coreGrid().filter((_, i) => i % 11 === 0);

for (const [backend, all] of [
  ['tiled-webgl', some],
  ['tiled-cpu', coreGrid()],
] as const) {
  for (const [part, cases] of inParts(all, 2).entries()) {
    describe(`${backend} on the core grid, part ${part + 1}`, () => {
      testCases(backend, ['cpu'], cases);
    });
  }
}
