/** Tests of nets in training on tiled-cpu, in Node. */
import '../../../../../support/gradientsInNode.js';
import { tiledInfo } from '../../../../../../src/index.js';
import {
  expectLossOfStock,
  expectNoGrowth,
  trainingNames,
} from '../../../../../support/trainingCurves.js';

const backend = 'tiled-cpu';

describe(`nets in training on ${backend}`, () => {
  for (const name of trainingNames) {
    it(`have the loss of stock cpu after the same steps: ${name}`, () =>
      expectLossOfStock(backend, name));
  }

  it('keep nothing of a step: 200 steps', () =>
    expectNoGrowth(backend, 'separable', () => ({ heapBytes: tiledInfo(backend).heapBytes })));
});
