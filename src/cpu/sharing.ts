/** Sharing of kernels' work among threads, in chunks that each thread takes in turn. */
import {
  type CallList,
  callListBytes,
  type Group,
  writeCallList,
} from '../../kernels/cpu/shared/callList.js';
import type { Microkernels } from '../../kernels/cpu/shared/functions.js';
import { type Schedule, scheduleBytes, writeSchedule } from '../../kernels/cpu/shared/schedule.js';
import { makeCall, type SharedWork } from '../../kernels/cpu/shared/work.js';
import { WorkerLost } from '../../kernels/errors.js';
import { Trials } from '../engine/trial.js';
import { HeapFull } from './heap.js';
import type { Threads } from './threads.js';

/** Effort from which work is shared among threads that are awake. */
const LEAST_SHARED = 600_000;
/** Effort from which work is worth waking workers that sleep, which takes about as long. */
const LEAST_WAKING = 1_000_000;
/** Multiple of the least effort that is shared before it is tried. */
const SURE = 2;
/** Parts of the least effort that is shared: a chunk, which takes much longer than taking it. */
const LEAST_CHUNKS = 16;
/** Most chunks for each thread: the last ones should end at about the same time. */
const CHUNKS = 4;
/** A chunk of many single values has a multiple of this number of them: whole lines of the cache. */
const LINE = 64;
const MANY = 8 * LINE;

/** Number of sizes of work that are tried, after which all are forgotten. */
const MOST_TRIALS = 2000;

/** Milliseconds without work that may be shared, after which threads are likely to sleep. */
const REST_MS = 1;

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
  private readonly trials = new Map<string, Trials>();
  /** Time at which the last work that may be shared ended. */
  private end = 0;

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
    const whole = work.call(0, work.length, 0);
    const effort = work.length * work.effort;
    if (this.threadCount === 1 || effort < this.least) {
      makeCall(micro, whole);
      return;
    }
    this.choose(
      this.trialsOf(whole[0], effort),
      micro,
      () => this.doShared(micro, work),
      () => makeCall(micro, whole),
    );
  }

  /** Does work in one of two ways, which trials tell, and times it if all threads can take part. */
  choose(trials: Trials, micro: Microkernels, shared: () => void, alone: () => void): void {
    const { threads } = this.host;
    if (threads === null || !threads.start(micro.module)) {
      alone();
      return;
    }
    // Threads that still load would be blamed for what they do not do.
    const isMeasured = this.measures && threads.count === threads.most;
    const from = performance.now();
    const trial = from - this.end < REST_MS ? trials.inStream : trials.afterRest;
    const isShared = !isMeasured || trial.isShared();
    if (isShared) shared();
    else alone();
    this.end = performance.now();
    if (isMeasured) trial.note(isShared, this.end - from);
  }

  private doShared(micro: Microkernels, work: SharedWork): void {
    const group = { micro, works: [work], part: work.grain };
    const address = this.tryAllocate(this.bytesOf([group]));
    if (address === null) {
      makeCall(micro, work.call(0, work.length, 0));
      return;
    }
    try {
      this.share(this.write([group], address, address, true));
    } finally {
      this.host.free(address);
    }
  }

  /** Returns the bytes of the schedule of groups, with its lists. */
  bytesOf(groups: readonly Group[]): number {
    const lists = groups.reduce((sum, { works }) => sum + callListBytes(works.length), 0);
    return lists + scheduleBytes(groups.length);
  }

  /**
   * Writes the schedule of groups, which have the same microkernels.
   *
   * @param block the address of the block in which `address` is
   * @param isShared true to divide what is worth it, false for one thread
   */
  write(groups: readonly Group[], address: number, block: number, isShared: boolean): Schedule {
    const { heap } = this.host;
    const { memory } = heap as NonNullable<typeof heap>;
    let next = address;
    const lists = groups.map((group): CallList => {
      const list = this.writeList(memory, group, next, isShared);
      next += callListBytes(group.works.length);
      return list;
    });
    return writeSchedule(memory, next, lists, block);
  }

  private writeList(
    memory: WebAssembly.Memory,
    { micro, works, part }: Group,
    address: number,
    isShared: boolean,
  ): CallList {
    const [{ length }] = works;
    const effort = works.reduce((sum, work) => sum + work.effort * length, 0);
    const most = isShared
      ? Math.min(CHUNKS * this.threadCount, (LEAST_CHUNKS * effort) / this.least)
      : 1;
    const parts = Math.ceil(length / part);
    let chunk = part * Math.max(1, Math.ceil(parts / Math.max(1, Math.floor(most))));
    if (part === 1 && chunk >= MANY) chunk = LINE * Math.ceil(chunk / LINE);
    writeCallList(memory, address, works, works.length > 1 ? part : chunk, chunk);
    const blocks = works.flatMap((work) => work.blocks);
    return { micro, address, chunks: Math.ceil(length / chunk), effort, blocks };
  }

  /** Does the work of a schedule without other threads. */
  doAlone({ micro, address, chunks }: Schedule): void {
    let step = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      step = micro.stepOf(address, step, chunk);
      micro.runChunk(address, step, chunk, 0);
    }
  }

  /**
   * Does the work of a schedule together with the other threads.
   * @throws WorkerLost
   */
  share(schedule: Schedule): void {
    const { threads } = this.host;
    const { micro, address, chunks, effort, blocks } = schedule;
    if (threads === null || threads.isOver || !schedule.isDivided) {
      this.doAlone(schedule);
      return;
    }
    const areMany = effort >= LEAST_WAKING;
    if (threads.run({ build: micro, schedule: address, count: chunks, areMany })) return;
    for (const block of blocks) this.host.abandon(block);
    throw new WorkerLost(threads.reason);
  }

  private trialsOf(microkernel: string, effort: number): Trials {
    const key = `${microkernel} ${effort}`;
    let trials = this.trials.get(key);
    if (trials === undefined) {
      if (this.trials.size === MOST_TRIALS) this.trials.clear();
      trials = new Trials(effort >= SURE * this.least);
      this.trials.set(key, trials);
    }
    return trials;
  }

  /** Resolves when every worker that was made is ready or lost. */
  async loaded(): Promise<void> {
    while (this.host.threads?.isLoading) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
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
