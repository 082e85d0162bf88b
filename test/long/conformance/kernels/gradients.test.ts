/** Tests of gradients of convolutions against stock webgl, which compiles programs per shape. */
import { cases, expectGradientsOf } from '../../../conformance/kernels/gradients.js';
import { ours } from '../../../support/setup.js';

for (const backend of ours) {
  describe(`gradients on ${backend} beside stock webgl`, () => {
    for (const c of cases) {
      it(`equal stock webgl's: ${c.name}`, () => expectGradientsOf(['webgl'], backend, c));
    }
  });
}
