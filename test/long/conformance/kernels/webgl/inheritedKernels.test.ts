/** Tests of inherited stock kernels on tensors that stock hands to the CPU. */
import {
  expectInherited,
  kernels,
  shapes,
} from '../../../../conformance/kernels/webgl/inheritedKernels.js';
import '../../../../support/setup.js';

describe('inherited kernels on a small tensor in planes', () => {
  for (const shape of shapes.slice(1, 3)) {
    for (const [name, kernel] of Object.entries(kernels)) {
      it(`equal stock cpu: ${name} of [${shape}]`, () => expectInherited(kernel, shape));
    }
  }
});
