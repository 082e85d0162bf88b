/** The bound of the memory that an engine holds, with what it keeps for reuse. */
import { type Clock, systemClock } from './idleWatch.js';

/**
 * Bytes that may be held for each that is in use at the peak. A net alone takes up to 1.7 on the GPU,
 * because textures come in sizes; two of them in turn, which leave each other's alone, up to 2.2.
 */
const SHARE = 2.5;
/** A page may always hold so many: small nets never give anything back. */
const LEAST_BYTES = 64e6;
const SPAN_MS = 5000;

/** Settings by which an engine gives memory back by itself; tests have another clock, and smaller bytes. */
export interface Keeping {
  readonly clock: Clock;
  /** That may always be held. */
  readonly leastBytes: number;
}

export const usualKeeping: Keeping = { clock: systemClock, leastBytes: LEAST_BYTES };

/** Bytes that an engine has given back. */
export interface Trimmed {
  /** Bytes of textures; 0 on the CPU. */
  readonly gpuBytes: number;
  /** Bytes of the CPU engine's heap; 0 for WebGL. */
  readonly heapBytes: number;
}

/**
 * The bound goes by the most that was in use in the last predictions. Nobody says where one ends, but
 * its results are read. So time is cut into spans of five seconds or more that end with a read, and
 * what counts is this one and the one before it: at least one whole prediction, however slow.
 */
export class MemoryBound {
  private peak = 0;
  private peakBefore = 0;
  private begun: number;

  constructor(private readonly keeping: Keeping) {
    this.begun = keeping.clock.now();
  }

  /** Bytes that may be held. */
  get bytes(): number {
    return Math.max(SHARE * Math.max(this.peak, this.peakBefore), this.keeping.leastBytes);
  }

  /** So many bytes are in use. */
  note(inUse: number): void {
    if (inUse > this.peak) this.peak = inUse;
  }

  /** Values are read, with so many bytes in use; whether that ends a span, after which the bound may be lower. */
  noteRead(inUse: number): boolean {
    const now = this.keeping.clock.now();
    if (now - this.begun < SPAN_MS) return false;
    this.peakBefore = this.peak;
    this.peak = inUse;
    this.begun = now;
    return true;
  }

  /** Nothing has run for a while, and so many bytes are in use. */
  forget(inUse: number): void {
    this.peakBefore = 0;
    this.peak = inUse;
    this.begun = this.keeping.clock.now();
  }
}
