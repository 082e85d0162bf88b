/** Tells when an engine has not been used for some seconds. */

/** The clock, which tests replace. */
export interface Clock {
  /** Time in ms. */
  now(): number;
  /** Calls `body` after so many ms; the result calls it off. */
  after(ms: number, body: () => void): () => void;
}

/** Its timers do not keep a process of Node alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, body) {
    const timer: unknown = setTimeout(body, ms);
    (timer as { unref?(): void }).unref?.();
    return () => clearTimeout(timer as number);
  },
};

const IDLE_MS = 5000;

/**
 * There is a timer only from the first use until it turns out that there was none between two of its
 * ends: a page that does nothing is not woken. Timers never run inside of a kernel.
 */
export class IdleWatch {
  private isUsed = false;
  private isOver = false;
  private callOff: (() => void) | null = null;

  /**
   * @param isBusy whether a use is under way that note() does not know of
   * @param onIdle called when there was no use for one to two times five seconds
   */
  constructor(
    private readonly clock: Clock,
    private readonly isBusy: () => boolean,
    private readonly onIdle: () => void,
  ) {}

  /** The engine is used. */
  note(): void {
    this.isUsed = true;
    if (this.callOff === null && !this.isOver) this.wait();
  }

  /** Nothing is told any more. */
  end(): void {
    this.isOver = true;
    this.callOff?.();
    this.callOff = null;
  }

  private wait(): void {
    this.callOff = this.clock.after(IDLE_MS, () => {
      this.callOff = null;
      const wasUsed = this.isUsed;
      this.isUsed = this.isBusy();
      if (wasUsed || this.isUsed) this.wait();
      else this.onIdle();
    });
  }
}
