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

const tries = 'ssssaaa';

/** Returns a trial that has chosen. */
function chosen(ms: { shared: number; alone: number }): Trial {
  const trial = new Trial();
  run(trial, tries.length, ms);
  return trial;
}

describe('a trial of shared work', () => {
  it('times each way in a row, after a shared run that wakes the threads', () => {
    expect(run(new Trial(), tries.length, { shared: 1, alone: 1 })).to.equal(tries);
    const trial = new Trial();
    run(trial, 1, { shared: 100, alone: 8 });
    run(trial, tries.length - 1, { shared: 5, alone: 8 });
    expect(trial.isShared()).to.equal(true);
  });

  it('shares what is done sooner so, by the median of each way', () => {
    expect(chosen({ shared: 5, alone: 8 }).isShared()).to.equal(true);
    expect(chosen({ shared: 9, alone: 8 }).isShared()).to.equal(false);
    const disturbed = new Trial();
    for (const ms of [1, 5, 90, 5, 8, 1, 8]) disturbed.note(disturbed.isShared(), ms);
    expect(disturbed.isShared()).to.equal(true);
  });

  it('does alone what takes about as long', () => {
    expect(chosen({ shared: 8, alone: 8 }).isShared()).to.equal(false);
    expect(chosen({ shared: 7.9, alone: 8 }).isShared()).to.equal(false);
  });

  it('times the other way again, ever more seldom', () => {
    const fast = { shared: 5, alone: 8 };
    expect(run(chosen(fast), 16 + 2 + 32 + 3, fast)).to.equal(
      `${'s'.repeat(16)}aa${'s'.repeat(32)}aas`,
    );
    const slow = { shared: 9, alone: 8 };
    expect(run(chosen(slow), 16 + 3 + 32 + 4, slow)).to.equal(
      `${'a'.repeat(16)}sss${'a'.repeat(32)}sssa`,
    );
    const often = chosen(fast);
    run(often, 5000, fast);
    const ways = run(often, 2000, fast);
    expect(
      ways
        .split('aa')
        .slice(1, -1)
        .map((part) => part.length),
    ).to.deep.equal([512, 512]);
  });

  it('changes its choice when the times have changed', () => {
    const trial = chosen({ shared: 5, alone: 8 });
    run(trial, 16 + 2, { shared: 20, alone: 8 });
    expect(trial.isShared()).to.equal(false);
    run(trial, 16 + 3, { shared: 5, alone: 8 });
    expect(trial.isShared()).to.equal(true);
  });
});
