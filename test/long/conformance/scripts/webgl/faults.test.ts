/** Sample of the faults that `npm run test:faults` tries. */
import { faultKinds } from '../../../../../scripts/webgl/faults.js';
import { expectSurvived } from '../../../../conformance/scripts/webgl/faultSample.js';
import '../../../../support/setup.js';

/** Calls that predictions through a capture do not make. */
const compiling: readonly string[] = ['shaderSource', 'linkProgram', 'checkFramebufferStatus'];

for (const kind of faultKinds) {
  describe(`a WebGL call that fails at any time: ${kind.name}`, () => {
    it('ends in a right answer or a clear error, and leaves nothing behind', () =>
      expectSurvived(kind, 4));

    if (!compiling.includes(kind.calls[0])) {
      it('does so in predictions through a capture', () => expectSurvived(kind, 4, 'captured'));
    }
  });
}
