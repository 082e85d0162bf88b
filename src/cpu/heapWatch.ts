/** Decides when the CPU engine's heap, which cannot shrink, is exchanged for a smaller one. */

import { IdleWatch } from '../engine/idleWatch.js';
import { type Keeping, MemoryBound } from '../engine/memoryBound.js';
import type { Heap } from './heap.js';

export class HeapWatch {
  private readonly bound: MemoryBound;
  private readonly idle: IdleWatch;

  /**
   * @param heap the one in use; null where there is none yet
   * @param exchange is called while no kernel runs
   */
  constructor(
    keeping: Keeping,
    private readonly heap: () => Heap | null,
    private readonly exchange: () => void,
  ) {
    this.bound = new MemoryBound(keeping);
    this.idle = new IdleWatch(
      keeping.clock,
      () => false,
      () => {
        this.bound.forget(this.inUse);
        this.exchangeIfLarge();
      },
    );
  }

  /** A block was allocated or freed. */
  noteUse(): void {
    this.idle.note();
    this.bound.note(this.inUse);
  }

  /** Values are read, perhaps by a kernel. */
  noteRead(): void {
    if (!this.bound.noteRead(this.inUse)) return;
    // Kernels hold addresses, and never wait for a promise.
    queueMicrotask(() => this.exchangeIfLarge());
  }

  end(): void {
    this.idle.end();
  }

  private get inUse(): number {
    return this.heap()?.usedBytes() ?? 0;
  }

  private exchangeIfLarge(): void {
    if ((this.heap()?.bytes() ?? 0) > this.bound.bytes) this.exchange();
  }
}
