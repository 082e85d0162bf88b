/** Tests of work of any size that is shared between threads: of cases of all kinds, and of captured models. */
import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import { coreGrid } from '../../../../../src/validator/index.js';
import { startEngine } from '../../../../fuzz/engine.js';
import { caseText, fuzz } from '../../../../fuzz/fuzz.js';
import { agrees } from '../../../../support/agrees.js';
import { backend, startTakingTurns, startWith } from '../../../../unit/src/cpu/threadsSupport.js';

describe('tiled-cpu that shares work of any size', function () {
  this.timeout(300_000);

  before(async function () {
    if (availableParallelism() === 1) this.skip();
    await startTakingTurns();
    Object.assign(backend().sharing, { least: 1 });
  });
  after(() => startWith(0));

  it('computes the core grid', async () => {
    for (const c of coreGrid()) await agrees(c, 'tiled-cpu');
  });

  it('has no differences in a fuzz, with captured models', async () => {
    const engine = await startEngine('tiled-cpu');
    const report = await fuzz({
      backend: 'tiled-cpu',
      stock: ['cpu'],
      engine,
      runs: 1500,
      seed: 5,
    });
    expect(report.difference && caseText(report.difference.case)).to.equal(null);
    expect(report.captures?.replays).to.be.above(50);
  });
});
