/** Tests of the measured choice between sharing work and doing it alone. */
import { expect } from 'chai';
import { Trial } from '../../../../src/engine/trial.js';

/** Returns a trial that was told these times, in turns from the first shared one on. */
function tried(shared: readonly number[], alone: readonly number[]): Trial {
  const trial = new Trial();
  const left = { true: [...shared], false: [...alone] };
  while (!trial.isOver) {
    const isShared = trial.isShared();
    trial.note(isShared, left[`${isShared}`].shift() as number);
  }
  return trial;
}

describe('a trial of shared work', () => {
  it('times each way as often, in turns', () => {
    const trial = new Trial();
    const ways: boolean[] = [];
    while (!trial.isOver) {
      ways.push(trial.isShared());
      trial.note(trial.isShared(), 1);
    }
    expect(ways).to.deep.equal([true, false, true, false, true, false]);
  });

  it('shares what is done sooner so, by the least time of each way', () => {
    expect(tried([90, 5, 80], [8, 9, 8]).isShared()).to.equal(true);
    expect(tried([9, 9, 9], [80, 8, 80]).isShared()).to.equal(false);
  });

  it('does alone what takes as long', () => {
    expect(tried([8, 8, 8], [8, 8, 8]).isShared()).to.equal(false);
    expect(tried([7.9, 8, 8], [8, 8, 8]).isShared()).to.equal(false);
  });

  it('keeps its choice, whatever it is told later', () => {
    const trial = tried([5, 5, 5], [8, 8, 8]);
    for (let i = 0; i < 9; i++) trial.note(true, 100);
    expect(trial.isShared()).to.equal(true);
  });
});
