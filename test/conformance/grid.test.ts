/** The core grid in the browser, one test a case; test/long sets stock webgl beside it. */
import { coreGrid } from '../../src/validator/index.js';
import { inParts, testCases } from './gridTests.js';
import { ours } from './setup.js';

for (const backend of ours) {
  for (const [part, cases] of inParts(coreGrid(), 6).entries()) {
    describe(`${backend} on the core grid, part ${part + 1}`, () => {
      testCases(backend, ['cpu'], cases);
    });
  }
}
