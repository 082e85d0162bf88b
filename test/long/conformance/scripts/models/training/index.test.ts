/** Tests of nets in training on tiled-webgl. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '../../../../../support/setup.js';
import { expectLossOfStock, steadyNames } from '../../../../../support/trainingCurves.js';

const backend = 'tiled-webgl';

for (const name of steadyNames) {
  describe(`nets in training on ${backend}: ${name}`, () => {
    it('has the loss of stock cpu after fifty steps', () => expectLossOfStock(backend, name));
  });
}
