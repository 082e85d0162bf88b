/**
 * The core grid in the browser, one test a case; on WebGL, where each case compiles programs, some of
 * each family. test/long has them all.
 */
import { coreGrid } from '../../src/validator/index.js';
import { inParts, testCases } from './gridTests.js';
import './setup.js';

/** Eleven shares no factor with the rows of a family: its cases are of every kind. */
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
