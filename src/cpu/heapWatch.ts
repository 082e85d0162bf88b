/** The watch that exchanges the CPU engine's heap, which cannot shrink, for a smaller one. */

import { IdleWatch } from '../engine/idleWatch.js';
import { type Keeping, MemoryBound } from '../engine/memoryBound.js';
import type { Heap } from './heap.js';

export class HeapWatch {
  private readonly bound: MemoryBound;
  private readonly idle: IdleWatch;

  /**
   * @param heap returns the heap in use; null if there is none yet
   * @param exchange replaces the heap; called only while no kernel runs
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

  /** Notes that a block was allocated or freed. */
  noteUse(): void {
    this.idle.note();
    this.bound.note(this.inUse);
  }

  /** Notes a read of values, perhaps by a kernel. */
  noteRead(): void {
    if (!this.bound.noteRead(this.inUse)) return;
    // A running kernel may hold addresses. Kernels never await, so a microtask runs after them.
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
