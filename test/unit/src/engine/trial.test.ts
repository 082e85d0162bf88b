/** Tests of the measured choice between sharing work and doing it alone. */
import { expect } from 'chai';
import { Trial } from '../../../../src/engine/trial.js';

/** Tells a trial the times of some runs; returns the letters of their ways: shared or alone. */
function run(trial: Trial, runs: number, ms: { shared: number; alone: number }): string {
  let ways = '';
  for (let i = 0; i < runs; i++) {
    const isShared = trial.isShared();
    ways += isShared ? 's' : 'a';
    trial.note(isShared, isShared ? ms.shared : ms.alone);
  }
  return ways;
}

describe('a trial of shared work', () => {
  const fast = { shared: 5, alone: 8 };
  const slow = { shared: 9, alone: 8 };

  it('begins with the given choice, and times the other way after eight runs', () => {
    expect(run(new Trial(true), 11, fast)).to.equal('ssssssssaas');
    expect(run(new Trial(false), 12, slow)).to.equal('aaaaaaaasssa');
  });

  it('chooses what is done sooner, by the median of each way', () => {
    const shared = new Trial(false);
    expect(run(shared, 12, fast)).to.equal('aaaaaaaassss');
    const alone = new Trial(true);
    expect(run(alone, 11, slow)).to.equal('ssssssssaaa');
    const disturbed = new Trial(true);
    for (const ms of [5, 5, 5, 5, 5, 5, 5, 90, 8, 8]) disturbed.note(disturbed.isShared(), ms);
    expect(disturbed.isShared()).to.equal(true);
  });

  it('does not count the run that wakes the threads', () => {
    const trial = new Trial(false);
    run(trial, 8, fast);
    for (const ms of [100, 5, 5]) trial.note(trial.isShared(), ms);
    expect(trial.isShared()).to.equal(true);
  });

  it('does alone what takes about as long', () => {
    const trial = new Trial(true);
    run(trial, 10, { shared: 7.9, alone: 8 });
    expect(trial.isShared()).to.equal(false);
  });

  it('times the other way again, ever more seldom', () => {
    const trial = new Trial(true);
    expect(run(trial, 8 + 2 + 16 + 2 + 32 + 3, fast)).to.equal(
      `${'s'.repeat(8)}aa${'s'.repeat(16)}aa${'s'.repeat(32)}aas`,
    );
    run(trial, 5000, fast);
    const lengths = run(trial, 2000, fast).split('aa').slice(1, -1);
    expect(new Set(lengths.map(({ length }) => length))).to.deep.equal(new Set([512]));
  });

  it('changes its choice when the times have changed', () => {
    const trial = new Trial(true);
    run(trial, 10, fast);
    run(trial, 16 + 2, { shared: 20, alone: 8 });
    expect(trial.isShared()).to.equal(false);
    run(trial, 8 + 3, fast);
    expect(trial.isShared()).to.equal(true);
  });
});
