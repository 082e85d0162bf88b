/** Measured choice between two ways of the same work: threads share it, or the caller does it alone. */

/** Number of times that each way is timed. Its least time counts, which others on the machine disturb least. */
const TRIES = 3;

/** Part of the time alone in which shared work must be done: less gain is not worth other threads' time. */
const WORTH = 0.95;

export class Trial {
  private readonly least = { shared: Infinity, alone: Infinity };
  private tries = 0;
  private choice: boolean | null = null;

  get isOver(): boolean {
    return this.choice !== null;
  }

  /** Returns true if the work should be shared now: the choice, or the way that is to be timed next. */
  isShared(): boolean {
    return this.choice ?? this.tries % 2 === 0;
  }

  /** Takes the time of the work, done in the way that isShared() told. */
  note(isShared: boolean, ms: number): void {
    if (this.choice !== null) return;
    const way = isShared ? 'shared' : 'alone';
    this.least[way] = Math.min(this.least[way], ms);
    if (++this.tries < 2 * TRIES) return;
    this.choice = this.least.shared < WORTH * this.least.alone;
  }
}
