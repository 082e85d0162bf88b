/**
 * Work of kernels that is not done yet. Element-wise kernels that follow a kernel are done with it, part
 * by part, while its values are in the processor's cache.
 */
import { type DivisibleWork, fits, groupRun } from './capture/parts.js';

/** Most works that are done together, because no block that they use is freed before. */
const MOST = 16;

export class PendingWork {
  private group: DivisibleWork[] = [];
  /** Addresses of blocks that were freed since the first work. */
  private freed: number[] = [];

  /** @param release frees a block */
  constructor(private readonly release: (address: number) => void) {}

  /** Adds work, and does the work before it first if they cannot be done together. */
  add(work: DivisibleWork): void {
    if (this.group.length === MOST || !fits(this.group, work)) this.flush();
    this.group.push(work);
  }

  /** True if there is work that computes the values at an address. */
  writes(address: number): boolean {
    return this.group.some(({ y }) => y === address);
  }

  /** Frees a block when no pending work can use it. Forgets work whose result is no longer needed. */
  free(address: number): void {
    const { group, freed } = this;
    freed.push(address);
    while (group.length > 0 && freed.includes(group[group.length - 1].y)) group.pop();
    if (group.length === 0) this.releaseFreed();
  }

  /** Allocates a block; does all work first if there is no room before the freed blocks are free. */
  withRoom(allocate: () => number): number {
    try {
      return allocate();
    } catch (error) {
      if (!this.flush()) throw error;
      return allocate();
    }
  }

  /** Does all work. Returns true if blocks were freed after it. */
  flush(): boolean {
    const { group } = this;
    if (group.length === 0) return false;
    this.group = [];
    groupRun(group)();
    return this.releaseFreed();
  }

  private releaseFreed(): boolean {
    const { freed } = this;
    this.freed = [];
    for (const address of freed) this.release(address);
    return freed.length > 0;
  }
}
