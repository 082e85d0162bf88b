/** Tests of the grid of kernels as a judge: it finds every fault that is planted, and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { root } from '../../../../../scripts/lib/root.js';
import '../../../../../src/index.js';
import { idMatcher } from '../../../../../scripts/validator/command/choice.js';
import {
  type Case,
  caseId,
  grids,
  isFailure,
  kernelGrid,
  validate,
} from '../../../../../src/validator/index.js';
import { knownFault, knownFaults } from '../../../../support/knownFaults.js';
import { plant, uproot } from '../../../../support/plantedBackend.js';
import { kernelBugs } from '../../../../support/plantedKernelBugs.js';

const NAME = 'planted';

/** Returns the cases that a backend gets wrong, apart from the known faults of `like`. */
async function failuresOf(
  backend: string,
  cases: Iterable<Case>,
  like = backend,
): Promise<string[]> {
  const results = await validate({ backend, cases });
  return results
    .filter(({ id, verdict }) => isFailure(verdict) && knownFault(like, id) === null)
    .map(({ id, message }) => `${id}: ${message}`);
}

describe('the oracle on the grid of kernels', () => {
  for (const backend of ['cpu', 'tiled-cpu']) {
    it(`agrees with ${backend}`, async () => {
      expect(await failuresOf(backend, kernelGrid())).to.deep.equal([]);
    });
  }

  it('has a case for each known fault', () => {
    const ids = kernelGrid().map(caseId);
    for (const pattern of Object.values(knownFaults).flatMap((faults) => Object.keys(faults))) {
      expect(ids.some(idMatcher(pattern)), pattern).to.equal(true);
    }
  });

  it('finds the known faults of stock cpu', async () => {
    const known = kernelGrid().filter((c) => knownFault('cpu', caseId(c)) !== null);
    const results = await validate({ backend: 'cpu', cases: known });
    expect(results.every(({ verdict }) => isFailure(verdict))).to.equal(true);
  });
});

describe('planted bugs in kernels', () => {
  afterEach(async () => {
    await tf.setBackend('cpu');
    uproot(NAME);
  });

  for (const [name, { family, kernels, bug }] of Object.entries(kernelBugs)) {
    it(`are caught: ${name}`, async () => {
      plant(NAME, bug, kernels);
      expect(await failuresOf(NAME, grids[family](), 'cpu')).to.not.have.length(0);
    });
  }
});

describe('the grid of kernels and its planted bugs', () => {
  it('are as many as docs/guide/validate.md says', () => {
    const readme = readFileSync(join(root, 'docs/guide/validate.md'), 'utf8');
    expect(readme).to.include(`and ${Object.keys(kernelBugs).length} in other kernels`);
    expect(readme).to.include(`| \`kernels\` | ${kernelGrid().length} of other kernels`);
  });
});
