/** A timer that reports an engine that was not used for some seconds. */

/** A clock; tests replace it. */
export interface Clock {
  /** Current time in milliseconds. */
  now(): number;
  /** Calls `body` after `ms` milliseconds; the returned function cancels the call. */
  after(ms: number, body: () => void): () => void;
}

/** The real clock. Its timers do not keep a Node process alive. */
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
 * Calls `onIdle` once the engine is idle. A timer runs only from the first use until a whole timer
 * period passes without use, so that an idle page is not woken. Timers never fire inside a kernel.
 */
export class IdleWatch {
  private isUsed = false;
  private isOver = false;
  private callOff: (() => void) | null = null;

  /**
   * @param isBusy returns true if the engine is used in a way that note() does not report
   * @param onIdle called after five to ten seconds without use
   */
  constructor(
    private readonly clock: Clock,
    private readonly isBusy: () => boolean,
    private readonly onIdle: () => void,
  ) {}

  /** Notes a use of the engine. */
  note(): void {
    this.isUsed = true;
    if (this.callOff === null && !this.isOver) this.wait();
  }

  /** Stops the watch; `onIdle` is not called any more. */
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
