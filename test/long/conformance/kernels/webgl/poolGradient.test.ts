/** Tests of gradients of pools on tiled-webgl with more windows than `npm test` has. */
import { agreesInPlanes, morePools } from '../../../../conformance/kernels/webgl/poolGradients.js';

describe('gradients of pools with more windows', () => {
  for (const op of ['max', 'avg'] as const) {
    for (const [name, p] of Object.entries(morePools)) {
      it(`are in planes, and what the definition says: ${op} ${name}`, () => agreesInPlanes(op, p));
    }
  }
});
