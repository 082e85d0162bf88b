/** The bound of the memory that an engine holds, including memory kept for reuse. */
import { type Clock, systemClock } from './idleWatch.js';

/**
 * Bytes that may be held for each byte in use at the peak. A single net needs up to 1.7 on the GPU,
 * because textures come in fixed sizes. Two nets that run in turn and do not share textures need up
 * to 2.2.
 */
const SHARE = 2.5;
/** Bytes that a page may always hold, so that small nets never free anything. */
const LEAST_BYTES = 64e6;
const SPAN_MS = 5000;

/** Settings for an engine's automatic freeing of memory. Tests use other clocks and fewer bytes. */
export interface Keeping {
  readonly clock: Clock;
  /** Bytes that may always be held. */
  readonly leastBytes: number;
}

export const usualKeeping: Keeping = { clock: systemClock, leastBytes: LEAST_BYTES };

/** Bytes that an engine has freed. */
export interface Trimmed {
  /** Bytes of textures; 0 on the CPU. */
  readonly gpuBytes: number;
  /** Bytes of the CPU engine's heap; 0 for WebGL. */
  readonly heapBytes: number;
}

/**
 * A bound computed from the largest number of bytes in use during the last predictions. The engine
 * is not told where a prediction ends, but the page reads its results. So time is cut into spans of
 * five seconds or more, each of which ends with a read. The current span and the previous one
 * count: together they contain at least one whole prediction, however slow.
 */
export class MemoryBound {
  private peak = 0;
  private peakBefore = 0;
  private begun: number;

  constructor(private readonly keeping: Keeping) {
    this.begun = keeping.clock.now();
  }

  /** Bytes that may be held now. */
  get bytes(): number {
    return Math.max(SHARE * Math.max(this.peak, this.peakBefore), this.keeping.leastBytes);
  }

  /** Notes that `inUse` bytes are in use. */
  note(inUse: number): void {
    if (inUse > this.peak) this.peak = inUse;
  }

  /**
   * Notes a read of values while `inUse` bytes are in use. Returns true if the read ends a span;
   * the bound may be lower then.
   */
  noteRead(inUse: number): boolean {
    const now = this.keeping.clock.now();
    if (now - this.begun < SPAN_MS) return false;
    this.peakBefore = this.peak;
    this.peak = inUse;
    this.begun = now;
    return true;
  }

  /** Forgets earlier peaks, because nothing has run for a while. `inUse` bytes are in use. */
  forget(inUse: number): void {
    this.peakBefore = 0;
    this.peak = inUse;
    this.begun = this.keeping.clock.now();
  }
}
