/** Clock whose time passes when a test says so. */
import type { Clock } from '../../src/engine/idleWatch.js';

export interface FakeClock extends Clock {
  /** Lets this many ms pass. Timers run when they are due, including timers set in the meantime. */
  pass(ms: number): void;
  /** Number of pending timers. */
  readonly timers: number;
}

export function fakeClock(): FakeClock {
  let time = 1000;
  let waiting: { at: number; body: () => void }[] = [];
  return {
    now: () => time,
    after(ms, body) {
      const timer = { at: time + ms, body };
      waiting.push(timer);
      return () => {
        waiting = waiting.filter((other) => other !== timer);
      };
    },
    pass(ms) {
      const end = time + ms;
      for (;;) {
        const due = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        waiting = waiting.filter((other) => other !== due);
        time = due.at;
        due.body();
      }
      time = end;
    },
    get timers() {
      return waiting.length;
    },
  };
}
