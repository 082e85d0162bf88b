/** Tests of an engine's memory bound, by the test's own clock. */
import { expect } from 'chai';
import { MemoryBound } from '../../../../src/engine/memoryBound.js';
import { fakeClock } from '../../../support/fakeClock.js';

describe('the bound of kept memory', () => {
  const make = () => {
    const clock = fakeClock();
    return { clock, bound: new MemoryBound({ clock, leastBytes: 100 }) };
  };

  it('is 2.5 times the most bytes in use, and never less than a page may hold anyway', () => {
    const { bound } = make();
    expect(bound.bytes).to.equal(100);
    for (const inUse of [20, 300, 40]) bound.note(inUse);
    expect(bound.bytes).to.equal(750);
  });

  it('forgets a peak two spans of five seconds after it, each of which ends with a read', () => {
    const { clock, bound } = make();
    bound.note(300);
    clock.pass(60_000);
    expect(bound.bytes, 'nothing was read').to.equal(750);
    expect(bound.noteRead(80)).to.equal(true);
    bound.note(120);
    expect(bound.bytes, 'the span before counts').to.equal(750);
    clock.pass(4999);
    expect(bound.noteRead(10), 'too early').to.equal(false);
    expect(bound.bytes).to.equal(750);
    clock.pass(1);
    expect(bound.noteRead(10)).to.equal(true);
    expect(bound.bytes).to.equal(300);
  });

  it('covers a whole prediction, even one that is slow and read in parts', () => {
    const { clock, bound } = make();
    // Bytes in use in the course of a prediction; null marks a read.
    const prediction = [50, 400, 90, null, 60, 70, null];
    for (let run = 0; run < 20; run++) {
      for (const inUse of prediction) {
        clock.pass(run < 10 ? 900 : 9000);
        if (inUse === null) bound.noteRead(30);
        else bound.note(inUse);
        if (run > 0) expect(bound.bytes, `run ${run}`).to.be.at.least(175);
        // One read ends a span: a run's peak stays in view until the next run's peak is in view.
        if (run > 0 && run < 10) expect(bound.bytes, `run ${run}`).to.equal(1000);
      }
    }
  });

  it('starts again when the engine was idle', () => {
    const { bound } = make();
    bound.note(700);
    bound.forget(55);
    expect(bound.bytes).to.equal(137.5);
  });
});
