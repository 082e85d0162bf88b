/** Tests on every simulated device. */
import {
  answersOnCpu,
  expectSameUnder,
  type Marked,
  marks,
} from '../../../../conformance/scripts/webgl/maskedNet.js';
import '../../../../support/setup.js';

describe('any device with a mask', () => {
  let expected: Float32Array[];

  before(async () => {
    expected = await answersOnCpu();
  });

  for (const mask of Object.keys(marks) as Marked[]) {
    it(`gives the same numbers: ${mask}`, () => expectSameUnder(mask, expected));
  }
});
