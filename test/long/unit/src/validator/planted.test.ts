/** Tests of the core grid as a judge: it finds every fault that is planted in a correct backend. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { root } from '../../../../../scripts/lib/root.js';
import '../../../../../src/index.js';
import {
  type CaseResult,
  coreGrid,
  isFailure,
  validate,
} from '../../../../../src/validator/index.js';
import { type Bug, plant, uproot } from '../../../../support/plantedBackend.js';
import { bugs } from '../../../../support/plantedBugs.js';

const NAME = 'planted';

/** Returns the first case of the core grid that finds the bug, and the number of cases up to it. */
async function firstCatch(bug: Bug): Promise<{ caught: CaseResult | null; cases: number }> {
  plant(NAME, bug);
  const found = new AbortController();
  try {
    const results = await validate({
      backend: NAME,
      cases: coreGrid(),
      signal: found.signal,
      onResult: ({ verdict }) => {
        if (isFailure(verdict)) found.abort();
      },
    });
    return {
      caught: results.find(({ verdict }) => isFailure(verdict)) ?? null,
      cases: results.length,
    };
  } finally {
    await tf.setBackend('cpu');
    uproot(NAME);
  }
}

describe('planted bugs', () => {
  it('are as many as docs/guide/validate.md says', () => {
    const readme = readFileSync(join(root, 'docs/guide/validate.md'), 'utf8');
    expect(readme).to.include(`plant ${Object.keys(bugs).length} bugs in convolutions`);
  });

  it('are the only faults: without one, every case passes', async () => {
    const { caught, cases } = await firstCatch(() => (_call, right) => right());
    expect(caught).to.equal(null);
    expect(cases).to.equal(coreGrid().length);
  });

  for (const [name, bug] of Object.entries(bugs)) {
    it(`are caught: ${name}`, async () => {
      const { caught } = await firstCatch(bug);
      expect(caught?.verdict, 'verdict').to.equal('backendWrong');
    });
  }
});
