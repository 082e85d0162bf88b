/** One worker that does chunks of work, and the mailbox by which it is asked. */
import type { Microkernels } from '../../kernels/cpu/shared/functions.js';
import { nodeModule } from './nodeModules.js';

/** The functions of a build of the microkernels by which threads do chunks. */
export type Build = Pick<Microkernels, 'stepOf' | 'firstOf' | 'runChunk'>;

/** All chunks of a schedule (kernels/cpu/shared/schedule.ts). */
export interface Chunks {
  readonly build: Build;
  /** Address of the schedule. */
  readonly schedule: number;
  readonly count: number;
  /** True if they are worth waking workers that sleep. */
  readonly areMany: boolean;
}

/** The part of a worker that this file uses. */
export interface ThreadWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

/**
 * Indices of the words that all threads count in: the next chunk that nobody has taken, and the number of
 * chunks that are done, which is negative if the rest shall not be done. Each has a line of the cache.
 */
export const counter = { next: 0, done: 16, words: 32 } as const;

/** The message that starts a worker, without its mailbox. */
interface Start {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly counters: Int32Array;
  /** Number of the thread; the caller's is 0. */
  readonly thread: number;
}

/**
 * Answer of a worker: it has done the chunks that it took, took none and will take none, threw an error,
 * or has not answered in time.
 */
type Answer = 'done' | 'none' | 'failed' | 'late';

export interface Helper {
  readonly worker: ThreadWorker;
  readonly isLoading: boolean;
  /** True if it has loaded and has not failed. */
  readonly isReady: boolean;
  readonly hasFailed: boolean;
  /** Milliseconds for which the caller has computed since the worker last took work. */
  readonly missedMs: number;
  /** Asks the worker to take chunks; returns false if it does not listen. */
  ask(chunks: Chunks): boolean;
  /** Ends the request when the caller has found no more chunks, after so much of its own work. */
  answer(ownMs: number): Answer;
}

/** Indices of the words in a mailbox: its state, then the fields of a request. */
const mail = { state: 0, schedule: 1, count: 2, words: 16 } as const;

/**
 * States of a mailbox. The worker makes `idle` of `loading`, `taken` of `posted`, and then `idle` or
 * `failed`; it makes `asleep` of `idle` before it waits. The caller makes `posted` of `idle` or `asleep`,
 * `idle` of `posted`, and `awaited` of `taken` before it waits.
 */
const states = {
  ...{ loading: 0, idle: 1, posted: 2, taken: 3, awaited: 4, failed: 5, asleep: 6 },
} as const;

/**
 * Milliseconds for which an idle worker looks for requests before it sleeps: longer than what the caller
 * does between two kernels.
 */
const SPIN_MS = 0.3;
/** Number of looks between two of the clock. */
const LOOKS = 64;

/** Milliseconds for which a worker that waits for others' chunks sleeps at a time, after it has looked for long. */
const NAP_MS = 1;

const source = `
const { add, compareExchange, exchange, load, notify, wait } = Atomics;
function work(build, schedule, count, counters, thread) {
  for (let step = 0; ; ) {
    const chunk = add(counters, ${counter.next}, 1);
    if (chunk >= count) return;
    step = build.stepOf(schedule, step, chunk);
    const first = build.firstOf(schedule, step);
    let from = 0;
    for (let looks = 1; ; looks++) {
      const done = load(counters, ${counter.done});
      if (done < 0) return;
      if (done >= first) break;
      if (looks % ${LOOKS} !== 0) continue;
      from ||= performance.now();
      if (performance.now() - from > ${SPIN_MS}) wait(counters, ${counter.done}, done, ${NAP_MS});
    }
    build.runChunk(schedule, step, chunk, thread);
    add(counters, ${counter.done}, 1);
  }
}
function serve({ memory, module, mail, counters, thread }) {
  const build = new WebAssembly.Instance(module, { env: { memory } }).exports;
  let from = performance.now();
  exchange(mail, ${mail.state}, ${states.idle});
  for (let looks = 0; ; looks++) {
    const state = load(mail, ${mail.state});
    if (state === ${states.posted}) {
      if (compareExchange(mail, ${mail.state}, state, ${states.taken}) !== state) continue;
      let answer = ${states.idle};
      try {
        work(build, mail[${mail.schedule}], mail[${mail.count}], counters, thread);
      } catch {
        answer = ${states.failed};
      }
      if (exchange(mail, ${mail.state}, answer) === ${states.awaited}) notify(mail, ${mail.state});
      from = performance.now();
    } else if (state === ${states.idle}) {
      if (looks % ${LOOKS} !== 0 || performance.now() - from < ${SPIN_MS}) continue;
      if (compareExchange(mail, ${mail.state}, state, ${states.asleep}) !== state) continue;
      wait(mail, ${mail.state}, ${states.asleep});
      from = performance.now();
    } else {
      wait(mail, ${mail.state}, state);
    }
  }
}
function refuse() {
  throw new Error('it does not take the memory or the module');
}
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
if (port) port.once('message', serve).once('messageerror', refuse);
else {
  globalThis.onmessage = ({ data }) => serve(data);
  globalThis.onmessageerror = refuse;
}
`;

let address: string | undefined;
/** The reason to report if a worker of that source ends without an error message. */
let silentEnd = 'it does not load';

/** True in pages and their workers. Packages may put a Worker for their own use on the globals of Node. */
const isBrowser = () => 'document' in globalThis || 'WorkerGlobalScope' in globalThis;

/**
 * Makes a browser or Node worker.
 *
 * @throws Error in browsers that report at once that the page's policy forbids such workers
 */
function makeWorker(onEnd: (why: string) => void): ThreadWorker {
  const node = nodeModule('node:worker_threads');
  if (node !== undefined && (typeof Worker === 'undefined' || !isBrowser())) {
    const worker = new node.Worker(source, { eval: true });
    // Let Node exit when only the worker is left.
    worker.unref();
    worker.on('error', (error) => onEnd(String(error)));
    worker.on('exit', () => onEnd('it has ended'));
    return worker;
  }
  if (address === undefined) {
    address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    // Other browsers send this event before the worker's error, which then has no message.
    globalThis.addEventListener?.('securitypolicyviolation', noteRefusal);
  }
  const worker = new Worker(address);
  worker.onerror = ({ message }) => onEnd(message ?? silentEnd);
  return worker;
}

function noteRefusal(violation: SecurityPolicyViolationEvent): void {
  const { disposition, blockedURI, effectiveDirective, originalPolicy } = violation;
  if (disposition !== 'enforce' || blockedURI !== 'blob') return;
  const policy = `the Content-Security-Policy "${originalPolicy}" refuses it`;
  silentEnd = `${policy}: ${effectiveDirective} must allow blob:`;
}

/**
 * Milliseconds that a worker may be late, plus a multiple of the caller's own computing time. Systems with
 * more busy threads than cores let a thread wait for some tenths of a second.
 */
const patienceMs = 500;
const patienceShare = 4;
const patienceFor = (ownMs: number) => patienceMs + patienceShare * ownMs;
/** Milliseconds for which the caller looks for an answer before it sleeps, where it may. */
const answerSpinMs = 0.1;

/**
 * Makes a worker.
 * @param make makes one that calls `onEnd` when it has ended
 * @throws Error if it is refused
 */
export function makeHelper(
  start: Start,
  onEnd: (why: string) => void,
  make: (onEnd: (why: string) => void) => ThreadWorker = makeWorker,
): Helper {
  const words = new SharedArrayBuffer(mail.words * Int32Array.BYTES_PER_ELEMENT);
  const box = new Int32Array(words);
  const worker = make(onEnd);
  worker.postMessage({ ...start, mail: box });
  let missedMs = 0;
  const stateNow = () => Atomics.load(box, mail.state);
  const replace = (old: number, state: number) =>
    Atomics.compareExchange(box, mail.state, old, state) === old;

  return {
    worker,
    get isLoading() {
      return stateNow() === states.loading;
    },
    get isReady() {
      const state = stateNow();
      return state !== states.loading && state !== states.failed;
    },
    get hasFailed() {
      return stateNow() === states.failed;
    },
    get missedMs() {
      return missedMs;
    },
    ask({ schedule, count, areMany }) {
      const state = stateNow();
      if (state !== states.idle && !(state === states.asleep && areMany)) return false;
      box[mail.schedule] = schedule;
      box[mail.count] = count;
      const before = Atomics.exchange(box, mail.state, states.posted);
      if (before === states.asleep) Atomics.notify(box, mail.state);
      return true;
    },
    answer(ownMs) {
      if (replace(states.posted, states.idle)) {
        missedMs += ownMs;
        return 'none';
      }
      missedMs = 0;
      const from = performance.now();
      const patience = patienceFor(ownMs);
      for (let looks = 0; ; looks++) {
        const state = stateNow();
        if (state === states.failed) return 'failed';
        if (state !== states.taken && state !== states.awaited) return 'done';
        if (looks % LOOKS !== 0) continue;
        const ms = performance.now() - from;
        if (ms > patience) return 'late';
        if (ms < answerSpinMs || !mayBlock()) continue;
        if (state === states.awaited || replace(states.taken, states.awaited)) {
          Atomics.wait(box, mail.state, states.awaited, patience - ms);
        }
      }
    },
  };
}

/**
 * Takes chunks in turn as thread 0 and does them, until none is left.
 * @return false if another thread does not finish chunks that the next ones need
 */
export function workAlong(
  { build, schedule, count }: Chunks,
  counters: Int32Array,
  hasFailed: () => boolean,
): boolean {
  const start = performance.now();
  for (let step = 0; ; ) {
    const chunk = Atomics.add(counters, counter.next, 1);
    if (chunk >= count) return true;
    step = build.stepOf(schedule, step, chunk);
    const first = build.firstOf(schedule, step);
    if (Atomics.load(counters, counter.done) < first) {
      if (!isDone(first, counters, start, hasFailed)) return false;
    }
    build.runChunk(schedule, step, chunk, 0);
    Atomics.add(counters, counter.done, 1);
  }
}

/** Waits until so many chunks are done; returns false if it takes too long for work that began at `start`. */
function isDone(
  count: number,
  counters: Int32Array,
  start: number,
  hasFailed: () => boolean,
): boolean {
  let from = 0;
  for (let looks = 1; ; looks++) {
    const done = Atomics.load(counters, counter.done);
    if (done >= count) return true;
    if (looks % LOOKS !== 0) continue;
    const now = performance.now();
    from ||= now;
    if (hasFailed() || now - from > patienceFor(from - start)) return false;
    // The thread that others wait for may have no core to run on.
    if (now - from > answerSpinMs && mayBlock()) Atomics.wait(counters, counter.done, done, NAP_MS);
  }
}

let blocks: boolean | undefined;

/** True if this thread may block. `Atomics.wait` always throws on the main thread of a browser. */
function mayBlock(): boolean {
  if (blocks === undefined) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
      blocks = true;
    } catch {
      blocks = false;
    }
  }
  return blocks;
}
