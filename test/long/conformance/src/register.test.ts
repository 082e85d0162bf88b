/** Tests of backends removed and registered again more times than a browser keeps contexts alive. */
import { registerTiled } from '../../../../src/index.js';
import { expectSameAgain } from '../../../conformance/src/registeredAgain.js';
import { ours } from '../../../support/setup.js';

describe('pages: a backend that was removed many times', () => {
  afterEach(() => registerTiled());

  for (const backend of ours) {
    it(`${backend} answers as before`, () => expectSameAgain(backend, 20));
  }
});
