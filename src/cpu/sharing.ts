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
import { Trial } from '../engine/trial.js';
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
  /** Trials of works that kernels do one by one, by microkernel and size. */
  private readonly trials = new Map<string, Trial>();

  /**
   * @param least effort from which work may be shared
   * @param measures true if times decide what is shared, false if all is that may be
   */
  constructor(
    private readonly host: SharingHost,
    readonly least = LEAST_SHARED,
    readonly measures = true,
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
    const whole = work.call(0, work.length, 0);
    if (address === null) {
      makeCall(micro, whole);
      return;
    }
    try {
      const list = this.write({ micro, works: [work], part: work.grain }, address, address);
      this.doList(list, this.trialOf(`${whole[0]} ${Math.round(2 * Math.log2(list.effort))}`));
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
   * Does the work of a list, in the way that the trial tells, which is measured meanwhile.
   * @throws WorkerLost
   */
  doList(list: CallList, trial: Trial): void {
    const { threads } = this.host;
    if (threads === null || !this.mayShare(list)) {
      this.doAlone(list);
      return;
    }
    threads.start(list.micro.modules());
    // Threads that still load would be blamed for what they do not do.
    const isMeasured = this.measures && threads.count === threads.most;
    const isShared = !isMeasured || trial.isShared();
    const from = performance.now();
    if (isShared) this.share(list, threads);
    else this.doAlone(list);
    if (isMeasured) trial.note(isShared, performance.now() - from);
  }

  /** Does the work of a list without other threads. */
  doAlone({ micro, address, chunks }: CallList): void {
    for (let chunk = 0; chunk < chunks; chunk++) micro.runChunk(address, chunk, 0);
  }

  /** True if threads can do parts of the list's work, and it is large enough for that. */
  mayShare({ chunks, effort }: CallList): boolean {
    const { threads } = this.host;
    return threads !== null && !threads.isOver && chunks > 1 && effort >= this.least;
  }

  private share({ micro, address, chunks, effort, blocks }: CallList, threads: Threads): void {
    const own = (chunk: number) => micro.runChunk(address, chunk, 0);
    const areMany = effort >= LEAST_WAKING;
    const asked = { module: micro.module, list: address, count: chunks, areMany };
    if (threads.run(asked, own)) return;
    for (const block of blocks) this.host.abandon(block);
    throw new WorkerLost(threads.reason);
  }

  private trialOf(key: string): Trial {
    let trial = this.trials.get(key);
    if (trial === undefined) {
      trial = new Trial();
      this.trials.set(key, trial);
    }
    return trial;
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
