/** Tests of a lost context, more often and at more places than `npm test` has time for. */
import { expectNamedAtAny, expectNothingLeft } from './contextLosses.js';

describe('lost context, many times', () => {
  it('leaves nothing behind after twenty in a row', () => expectNothingLeft(20));
});

for (const call of ['createTexture', 'createProgram', 'createShader', 'linkProgram'] as const) {
  describe(`lost context at any ${call}`, () => {
    it('ends in no error but ContextLostError, and leaves nothing behind', () =>
      expectNamedAtAny(call));
  });
}
