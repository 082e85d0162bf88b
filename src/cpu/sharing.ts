/** Sharing of kernels' work among threads, in chunks that each thread takes in turn. */
import {
  type CallList,
  callListBytes,
  type Group,
  writeCallList,
} from '../../kernels/cpu/shared/callList.js';
import type { Microkernels } from '../../kernels/cpu/shared/functions.js';
import { makeCall, type SharedWork } from '../../kernels/cpu/shared/work.js';
import { WorkerLost } from '../../kernels/errors.js';
import { HeapFull } from './heap.js';
import type { Threads } from './threads.js';

/** Effort from which work is shared among threads that are awake. */
const LEAST_SHARED = 200_000;
/** Effort from which work is worth waking workers that sleep, which takes about as long. */
const LEAST_WAKING = 1_000_000;
/** Parts of the least effort that is shared: a chunk, which takes much longer than taking it. */
const LEAST_CHUNKS = 4;
/** Most chunks for each thread: the last ones should end at about the same time. */
const CHUNKS = 4;
/** A chunk of many single values has a multiple of this number of them: whole lines of the cache. */
const LINE = 64;
const MANY = 8 * LINE;

/** Milliseconds between two checks that workers have loaded. */
const POLL_MS = 4;

/** The part of the engine that this file uses. */
export interface SharingHost {
  readonly heap: { readonly memory: WebAssembly.Memory } | null;
  /** Null if the memory cannot be shared. */
  readonly threads: Threads | null;
  allocate(bytes: number): number;
  free(address: number): void;
  abandon(address: number): void;
}

export class Sharing {
  /** @param least effort from which work is shared among threads that are awake */
  constructor(
    private readonly host: SharingHost,
    readonly least = LEAST_SHARED,
  ) {}

  get isPossible(): boolean {
    return this.host.threads !== null;
  }

  /** Most threads that may do the same work. */
  get threadCount(): number {
    return this.host.threads?.most ?? 1;
  }

  /**
   * Does work, and shares it if it is worth that.
   * @throws WorkerLost
   */
  do(micro: Microkernels, work: SharedWork): void {
    const { host } = this;
    const isShared = this.threadCount > 1 && work.length * work.effort >= this.least;
    const address = isShared ? this.tryAllocate(callListBytes(1)) : null;
    if (address === null) {
      makeCall(micro, work.call(0, work.length, 0));
      return;
    }
    try {
      this.doList(this.write({ micro, works: [work], part: work.grain }, address, address));
    } finally {
      host.free(address);
    }
  }

  /**
   * Writes the list of a group.
   * @param block the address of the block in which `address` is
   */
  write({ micro, works, part }: Group, address: number, block: number): CallList {
    const { heap, threads } = this.host;
    const [{ length }] = works;
    const effort = works.reduce((sum, work) => sum + work.effort * length, 0);
    const parts = Math.ceil(length / part);
    const most =
      threads === null ? 1 : Math.min(CHUNKS * threads.most, (LEAST_CHUNKS * effort) / this.least);
    let chunk = part * Math.max(1, Math.ceil(parts / Math.max(1, Math.floor(most))));
    if (part === 1 && chunk >= MANY) chunk = LINE * Math.ceil(chunk / LINE);
    const { memory } = heap as NonNullable<typeof heap>;
    writeCallList(memory, address, works, works.length > 1 ? part : chunk, chunk);
    const blocks = [block, ...works.flatMap((work) => work.blocks)];
    return { micro, address, chunks: Math.ceil(length / chunk), effort, blocks };
  }

  /**
   * Does the work of a list.
   * @throws WorkerLost
   */
  doList({ micro, address, chunks, effort, blocks }: CallList): void {
    const { host } = this;
    const { threads } = host;
    const own = (chunk: number) => micro.runChunk(address, chunk, 0);
    if (threads === null || threads.isOver || chunks < 2 || effort < this.least) {
      for (let chunk = 0; chunk < chunks; chunk++) own(chunk);
      return;
    }
    threads.start(micro.modules());
    const areMany = effort >= LEAST_WAKING;
    const asked = { module: micro.module, list: address, count: chunks, areMany };
    if (threads.run(asked, own)) return;
    for (const block of blocks) host.abandon(block);
    throw new WorkerLost(threads.reason);
  }

  /** Resolves when every worker that was made is ready or lost. */
  async loaded(): Promise<void> {
    while (this.host.threads?.isLoading) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Wakes workers for work of this effort that comes bit by bit. */
  expect(effort: number): void {
    if (effort >= LEAST_WAKING) this.host.threads?.wake();
  }

  /** Returns null if the heap is full. */
  private tryAllocate(bytes: number): number | null {
    try {
      return this.host.allocate(bytes);
    } catch (error) {
      if (error instanceof HeapFull) return null;
      throw error;
    }
  }
}
