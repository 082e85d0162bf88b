/** Tests that kernels, most of them inherited from stock, get the right values from a tensor in planes. */
import { expectInherited, kernels, shapes } from './inheritedKernels.js';
import '../../../support/setup.js';

describe('inherited kernels on a tensor in planes', () => {
  for (const shape of [shapes[0], shapes[3]]) {
    for (const [name, kernel] of Object.entries(kernels)) {
      it(`equal stock cpu: ${name} of [${shape}]`, () => expectInherited(kernel, shape));
    }
  }
});
