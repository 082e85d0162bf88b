import '../../../../src/index.js';
import { coreGrid } from '../../../../src/validator/index.js';
import { agrees } from '../../../support/agrees.js';

describe('the oracle', () => {
  it('agrees with stock cpu on every case of the core grid', async () => {
    for (const c of coreGrid()) await agrees(c, 'cpu');
  });
});
