/** Threads that share the work of kernels: workers that use the engine's memory. */
import { env } from '@tensorflow/tfjs-core';
import { CPU_THREADS } from '../engine/flags.js';
import { nodeModule } from './nodeModules.js';
import {
  type Chunks,
  counter,
  type Helper,
  makeHelper,
  type ThreadWorker,
  workAlong,
} from './worker.js';

export interface ThreadsInfo {
  /** Number of threads that can share work now, including the page's own thread. */
  readonly count: number;
  /** The reason why there are not more. */
  readonly reason: string;
}

export interface Threads {
  /** Number of threads that can share work now, including the caller. */
  readonly count: number;
  /** Most threads that there may be now or later. */
  readonly most: number;
  readonly reason: string;
  /** True if a worker that was made is neither ready nor lost. */
  readonly isLoading: boolean;
  /** True if all workers have ended for good. */
  readonly isOver: boolean;
  /**
   * Makes the workers, unless they exist already. They take chunks once they have loaded.
   * @return false if they have ended, or run another module
   */
  start(module: WebAssembly.Module): boolean;
  /**
   * Does all chunks. The caller takes one after the other, as workers do. Returns when all are done.
   * @return false if a worker does not answer or has failed. It may still write later, so the memory that
   *   the chunks write to must not be used again. All workers are ended then.
   */
  run(chunks: Chunks): boolean;
  end(reason: string): void;
}

/** Maximum number of threads. It is small because small nets, which most are, have no work for more. */
const mostThreads = 4;

/**
 * Returns the number of threads to use.
 * @throws Error if the flag is not a whole number
 */
export function wantedThreads(): ThreadsInfo {
  const asked: unknown = env().get(CPU_THREADS);
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 0) {
    throw new Error(
      `${CPU_THREADS} is '${asked}'; it must be a whole number: 1 is without threads, and 0 leaves it to the engine`,
    );
  }
  const none = (reason: string) => ({ count: 1, reason });
  if (asked === 1) return none(`${CPU_THREADS} is 1`);
  if (!canShareMemory()) return none('the page is not cross-origin isolated');
  const cores = coreCount();
  if (cores === 1) return none('the device has one core');
  const ofDevice = `the device has ${cores} logical cores`;
  if (asked === 0) return { count: threadsFor(cores), reason: ofDevice };
  const count = Math.min(asked, cores, mostThreads);
  const limit = cores < mostThreads ? ofDevice : `${mostThreads} at most`;
  return { count, reason: count === asked ? `${CPU_THREADS} is ${asked}` : limit };
}

/**
 * Returns the number of threads for so many logical cores. Two of them often are one physical core, which
 * computes no faster for both.
 */
const threadsFor = (cores: number) => Math.max(1, Math.min(mostThreads, Math.floor(cores / 2)));

/** True if memory can be shared. Only browsers require cross-origin isolation for it. */
const canShareMemory = () =>
  typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false;

function coreCount(): number {
  const cores = globalThis.navigator?.hardwareConcurrency;
  return cores ?? nodeModule('node:os')?.availableParallelism() ?? 1;
}

/** Makes a memory that workers can share; returns null if the engine cannot make one. */
export function sharedMemory(): WebAssembly.Memory | null {
  // The engine reserves the maximum size at once, so try smaller maxima when that fails.
  for (let maximum = 65536; maximum >= 8192; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
    } catch {}
  }
  return null;
}

/** A worker that starts no work while the caller computes for this many milliseconds is presumed dead. */
const mostMissedMs = 1000;
/** A worker that has not loaded for this many milliseconds is presumed dead: browsers may end one without an event. */
const mostLoadingMs = 15_000;

/** Number of chunks that are done, from which workers see that the rest shall not be: more added leaves it negative. */
const NEVER = -(2 ** 30);

/**
 * Makes the threads of a memory.
 *
 * @param wanted number of threads, including the caller
 * @param make makes a worker that calls `onEnd` when it has ended
 */
export function makeThreads(
  memory: WebAssembly.Memory,
  wanted: ThreadsInfo,
  make?: (onEnd: (why: string) => void) => ThreadWorker,
): Threads {
  let helpers: Helper[] | null = null;
  let started: WebAssembly.Module | null = null;
  let { reason } = wanted;
  const counters = new Int32Array(
    new SharedArrayBuffer(counter.words * Int32Array.BYTES_PER_ELEMENT),
  );

  function end(why: string): void {
    const ended = helpers ?? [];
    helpers = [];
    reason = why;
    for (const { worker } of ended) worker.terminate();
  }

  let startedAt = 0;
  function isLoading(): boolean {
    if (!(helpers ?? []).some((helper) => helper.isLoading)) return false;
    if (performance.now() - startedAt < mostLoadingMs) return true;
    end('a worker is lost: it does not load');
    return false;
  }

  return {
    get count() {
      return 1 + (helpers ?? []).filter((helper) => helper.isReady).length;
    },
    get most() {
      return helpers?.length === 0 ? 1 : wanted.count;
    },
    get reason() {
      if (helpers === null) return 'no work was large enough yet';
      return isLoading() ? 'workers are loading' : reason;
    },
    get isLoading() {
      return isLoading();
    },
    get isOver() {
      return helpers?.length === 0;
    },
    start(module) {
      if (helpers !== null) return helpers.length > 0 && module === started;
      helpers = [];
      started = module;
      startedAt = performance.now();
      const onEnd = (why: string) => {
        if (helpers?.length !== 0) end(`a worker is lost: ${why}`);
      };
      try {
        for (let thread = 1; thread < wanted.count; thread++) {
          helpers.push(makeHelper({ memory, module, counters, thread }, onEnd, make));
        }
      } catch (error) {
        end(`workers are refused: ${error}`);
      }
      return helpers.length > 0;
    },
    run(chunks) {
      Atomics.store(counters, counter.done, 0);
      Atomics.store(counters, counter.next, 0);
      const asked: Helper[] = [];
      for (const helper of helpers ?? []) {
        if (asked.length === chunks.count - 1) break;
        if (helper.ask(chunks)) asked.push(helper);
      }
      const from = performance.now();
      let isWorking = false;
      let answers: ReturnType<Helper['answer']>[] = [];
      try {
        isWorking = workAlong(chunks, counters, () => asked.some(({ hasFailed }) => hasFailed));
      } finally {
        if (!isWorking) Atomics.store(counters, counter.done, NEVER);
        const ownMs = performance.now() - from;
        answers = asked.map((helper) => helper.answer(ownMs));
      }
      if (answers.includes('failed')) end('a worker is lost: it threw an error');
      else if (answers.includes('late') || !isWorking) end('a worker is lost: it does not answer');
      else {
        if (asked.some(({ missedMs }) => missedMs > mostMissedMs)) {
          end('a worker is lost: it takes no work');
        }
        return true;
      }
      return false;
    },
    end,
  };
}
