/**
 * Tests of the core grid in the browser, one test per case. On WebGL, where each case compiles
 * programs, only some cases of each family run; test/long runs them all.
 */
import { captured } from '../../../../scripts/validator/command/captured.js';
import { coreGrid } from '../../../../src/validator/index.js';
import { inParts, testCases } from './gridTests.js';
import '../../../support/setup.js';

/** Every eleventh case: eleven shares no factor with a family's rows, so all kinds of case run. */
const some = coreGrid().filter((_, i) => i % 11 === 0);

/** Every 29th case, computed through capture(). */
const few = coreGrid().filter((_, i) => i % 29 === 0);

describe('tiled-webgl on the core grid, captured', () => {
  testCases('tiled-webgl', ['cpu'], few, captured);
});

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
