/** A heap, with the threads that share its memory if there may be any. */
import { type Heap, makeHeap } from './heap.js';
import { makeThreads, sharedMemory, type Threads, type wantedThreads } from './threads.js';

export interface OpenedHeap {
  /** Null if there is no WebAssembly, or no memory for it. */
  readonly heap: Heap | null;
  readonly threads: Threads | null;
  /** Why there is no heap; empty if there is. */
  readonly fault: string;
}

export function openHeap(wanted: ReturnType<typeof wantedThreads>, onGrow: () => void): OpenedHeap {
  try {
    const memory = wanted.count > 1 ? sharedMemory() : null;
    const heap = makeHeap(onGrow, memory ?? undefined);
    return { heap, threads: memory && makeThreads(memory, wanted), fault: '' };
  } catch (error) {
    const fault =
      typeof WebAssembly === 'undefined'
        ? 'there is no WebAssembly here'
        : `there is no memory for WebAssembly (${error})`;
    return { heap: null, threads: null, fault };
  }
}
