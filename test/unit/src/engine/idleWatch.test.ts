/** Tests of when an engine counts as idle, by the test's own clock. */
import { expect } from 'chai';
import { IdleWatch, systemClock } from '../../../../src/engine/idleWatch.js';
import { fakeClock } from '../../../support/fakeClock.js';

describe('the watch for idle engines', () => {
  const make = (isBusy = () => false) => {
    const clock = fakeClock();
    let idle = 0;
    const watch = new IdleWatch(clock, isBusy, () => idle++);
    return { clock, watch, idle: () => idle };
  };

  it('reports once, five to ten seconds after the last use, and has no timer before and after', () => {
    const { clock, watch, idle } = make();
    expect(clock.timers).to.equal(0);
    for (let i = 0; i < 30; i++) {
      watch.note();
      expect(clock.timers).to.equal(1);
      clock.pass(1000);
    }
    expect(idle()).to.equal(0);
    clock.pass(3999);
    expect(idle(), 'too early').to.equal(0);
    clock.pass(6000);
    expect(idle()).to.equal(1);
    expect(clock.timers).to.equal(0);
    clock.pass(1e6);
    expect(idle()).to.equal(1);
    watch.note();
    clock.pass(10_000);
    expect(idle(), 'and again after the next use').to.equal(2);
  });

  it('counts a long task, during which no timer can run, as use until its end', () => {
    const { clock, watch, idle } = make();
    watch.note();
    clock.pass(5000);
    // Both timers are late.
    watch.note();
    clock.pass(5000);
    expect(idle()).to.equal(0);
  });

  it('waits for pending reads, and five seconds more', () => {
    let isBusy = true;
    const { clock, watch, idle } = make(() => isBusy);
    watch.note();
    clock.pass(60_000);
    expect(idle()).to.equal(0);
    isBusy = false;
    clock.pass(4999);
    expect(idle()).to.equal(0);
    clock.pass(5001);
    expect(idle()).to.equal(1);
  });

  it('is silent when its engine has ended', () => {
    const { clock, watch, idle } = make();
    watch.note();
    watch.end();
    watch.note();
    expect(clock.timers).to.equal(0);
    clock.pass(1e6);
    expect(idle()).to.equal(0);
  });

  it('does not keep Node alive', () => {
    const timers: unknown[] = [];
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
      const timer = setTimeout(...args);
      timers.push(timer);
      return timer;
    }) as typeof setTimeout;
    try {
      const callOff = systemClock.after(1e6, () => {});
      expect((timers[0] as NodeJS.Timeout).hasRef()).to.equal(false);
      callOff();
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  });
});
