/**
 * Measured choice between two ways of the same work: threads share it, or the caller does it alone. The
 * way that was not chosen is timed again now and then, because other programs may need the cores at one
 * time and not at another.
 */

/** Number of the latest times of a way whose median counts. */
const LATEST = 3;
/** Number of times of the way that was not chosen, when it is timed again. */
const AGAIN = 2;

/** Part of the time alone in which shared work must be done: less gain is not worth other threads' time. */
const WORTH = 0.95;

/** Number of runs until the other way is timed: first, after each change, and at most; it doubles each time. */
const FIRST_LEFT = 8;
const MOST_LEFT = 512;

/** A run whose way is given: it is timed, or wakes threads for shared runs that are. */
type Try = 'waking' | 'shared' | 'alone';

export class Trial {
  private readonly times: Record<'shared' | 'alone', number[]> = { shared: [], alone: [] };
  private tries: Try[] = [];
  private chosen: 'shared' | 'alone';
  private interval = FIRST_LEFT;
  private left = FIRST_LEFT;

  /** @param isShared the choice until both ways have been timed */
  constructor(isShared: boolean) {
    this.chosen = isShared ? 'shared' : 'alone';
  }

  /** Returns true if the work should be shared now: the choice, or the way that is to be timed next. */
  isShared(): boolean {
    return (this.tries[0] ?? this.chosen) !== 'alone';
  }

  /** Takes the time of the work, done in the way that isShared() told. */
  note(isShared: boolean, ms: number): void {
    const next = this.tries.shift();
    if (next !== 'waking') {
      const times = this.times[isShared ? 'shared' : 'alone'];
      times.push(ms);
      if (times.length > LATEST) times.shift();
    }
    if (next === undefined) this.countDown();
    else if (this.tries.length === 0) this.choose();
  }

  private choose(): void {
    const { shared, alone } = this.times;
    const choice = median(shared) < WORTH * median(alone) ? 'shared' : 'alone';
    const isSame = choice === this.chosen;
    this.interval = isSame ? Math.min(MOST_LEFT, 2 * this.interval) : FIRST_LEFT;
    this.left = this.interval;
    this.chosen = choice;
  }

  private countDown(): void {
    if (--this.left > 0) return;
    this.tries =
      this.chosen === 'shared' ? repeat('alone', AGAIN) : ['waking', ...repeat('shared', AGAIN)];
  }
}

const repeat = (what: Try, times: number) => new Array<Try>(times).fill(what);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/**
 * Trials of the same work: in a stream of work, in which threads stay awake, and after a rest, in which
 * they have fallen asleep.
 */
export class Trials {
  readonly inStream: Trial;
  readonly afterRest: Trial;

  /** @param isShared the choice in a stream until both ways have been timed */
  constructor(isShared: boolean) {
    this.inStream = new Trial(isShared);
    this.afterRest = new Trial(isShared);
  }
}
