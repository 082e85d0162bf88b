/** Threads that share large convolutions: workers that use the engine's memory. */
import { env } from '@tensorflow/tfjs-core';
import { CPU_THREADS } from '../engine/flags.js';
import { nodeModule } from './nodeModules.js';

export interface ThreadsInfo {
  /** Number of threads that can share a convolution now, including the page's own thread. */
  readonly count: number;
  /** The reason why there are not more. */
  readonly reason: string;
}

export interface Threads {
  /** Number of threads that can share work now, including the caller. */
  readonly count: number;
  readonly reason: string;
  /** True if a worker that was made is neither ready nor lost. */
  readonly isLoading: boolean;
  /** True if all workers have ended for good. */
  readonly isOver: boolean;
  /** Makes the workers, unless they exist already. They accept jobs once they have loaded. */
  start(modules: readonly (WebAssembly.Module | null)[]): void;
  /**
   * Runs every job. The caller runs the first one with `own`; workers run the others with `dense`
   * of `modules[module]`. The caller also runs the jobs that no worker ran. Returns when all are
   * done.
   * @return false if a worker has begun a job and does not answer. It may still write later, so the
   *   memory of the jobs and of their results must not be reused. All workers are ended then.
   */
  run(module: number, jobs: readonly number[], own: (job: number) => void): boolean;
  end(reason: string): void;
}

/** Maximum number of threads. It is small because each thread reads a convolution's whole input. */
const mostThreads = 4;

/**
 * Returns the number of threads to use.
 * @throws Error if the flag is not a whole number of at least 1
 */
export function wantedThreads(): ThreadsInfo {
  const asked: unknown = env().get(CPU_THREADS);
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1) {
    throw new Error(
      `${CPU_THREADS} is '${asked}'; it must be a whole number, and 1 is without threads`,
    );
  }
  const none = (reason: string) => ({ count: 1, reason });
  if (asked === 1) return none(`${CPU_THREADS} is 1`);
  if (!canShareMemory()) return none('the page is not cross-origin isolated');
  const cores = coreCount();
  if (cores === 1) return none('the device has one core');
  const count = Math.min(asked, cores, mostThreads);
  const limit = cores < mostThreads ? `the device has ${cores} cores` : `${mostThreads} at most`;
  return { count, reason: count === asked ? `${CPU_THREADS} is ${asked}` : limit };
}

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

/** Indices of the words in a worker's mailbox: its state, and the module and job to run. */
const mail = { state: 0, module: 1, job: 2, words: 16 } as const;

/**
 * States of a worker's mailbox. The worker sets `idle` once, then for each job `taken` and one of
 * the last two. The caller makes all other changes.
 */
const states = { loading: 0, idle: 1, posted: 2, taken: 3, done: 4, failed: 5 } as const;

/** Last row that a job computes: all of them. */
const allRows = 0x7fffffff;

const source = `
function serve({ memory, modules, mail }) {
  const builds = modules.map(
    (module) => module && new WebAssembly.Instance(module, { env: { memory } }).exports,
  );
  Atomics.store(mail, ${mail.state}, ${states.idle});
  for (;;) {
    const state = Atomics.load(mail, ${mail.state});
    if (state !== ${states.posted}) {
      Atomics.wait(mail, ${mail.state}, state);
    } else if (Atomics.compareExchange(mail, ${mail.state}, state, ${states.taken}) === state) {
      let answer = ${states.done};
      try {
        builds[mail[${mail.module}]].dense(mail[${mail.job}], 0, ${allRows});
      } catch {
        answer = ${states.failed};
      }
      Atomics.store(mail, ${mail.state}, answer);
      Atomics.notify(mail, ${mail.state});
    }
  }
}
function refuse() {
  throw new Error('it does not take the memory or the modules');
}
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
if (port) port.once('message', serve).once('messageerror', refuse);
else {
  globalThis.onmessage = ({ data }) => serve(data);
  globalThis.onmessageerror = refuse;
}
`;

/** The part of a worker that this file uses. */
export interface ThreadWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
}

let address: string | undefined;
/** The reason to report if a worker of that source ends without an error message. */
let silentEnd = 'it does not load';

/**
 * Makes a browser or Node worker.
 *
 * @throws Error in browsers that report at once that the page's policy forbids such workers
 */
function makeWorker(onEnd: (why: string) => void): ThreadWorker {
  const node = nodeModule('node:worker_threads');
  if (typeof Worker === 'undefined' && node !== undefined) {
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
 * Milliseconds that a worker may be late, plus a multiple of the caller's own computing time.
 */
const patienceMs = 2000;
const patienceShare = 10;
/**
 * A worker that starts none of its jobs while the caller computes for this many milliseconds is
 * presumed dead.
 */
const mostMissedMs = 1000;

interface Helper {
  readonly worker: ThreadWorker;
  readonly mail: Int32Array;
  missedMs: number;
}

/**
 * Makes the threads of a memory.
 *
 * @param wanted number of threads, including the caller
 * @param make makes a worker that calls `onEnd` when it has ended
 */
export function makeThreads(
  memory: WebAssembly.Memory,
  wanted: ThreadsInfo,
  make: (onEnd: (why: string) => void) => ThreadWorker = makeWorker,
): Threads {
  let helpers: Helper[] | null = null;
  let { reason } = wanted;

  function end(why: string): void {
    const ended = helpers ?? [];
    helpers = [];
    reason = why;
    for (const { worker } of ended) worker.terminate();
  }

  function isLoading(): boolean {
    return (helpers ?? []).some((helper) => stateOf(helper) === states.loading);
  }

  function idle(): Helper[] {
    return (helpers ?? []).filter((helper) => stateOf(helper) === states.idle);
  }

  return {
    get count() {
      return 1 + idle().length;
    },
    get reason() {
      return isLoading() ? 'workers are loading' : reason;
    },
    get isLoading() {
      return isLoading();
    },
    get isOver() {
      return helpers?.length === 0;
    },
    start(modules) {
      if (helpers !== null) return;
      helpers = [];
      const onEnd = (why: string) => {
        if (helpers?.length !== 0) end(`a worker is lost: ${why}`);
      };
      try {
        for (let i = 1; i < wanted.count; i++) {
          const words = new SharedArrayBuffer(mail.words * Int32Array.BYTES_PER_ELEMENT);
          const helper = { worker: make(onEnd), mail: new Int32Array(words), missedMs: 0 };
          helpers.push(helper);
          helper.worker.postMessage({ memory, modules, mail: helper.mail });
        }
      } catch (error) {
        end(`workers are refused: ${error}`);
      }
    },
    run(module, jobs, own) {
      const asked = idle().slice(0, jobs.length - 1);
      asked.forEach((helper, i) => {
        post(helper, module, jobs[i + 1]);
      });
      const from = performance.now();
      let answers: number[] = [];
      try {
        own(jobs[0]);
        for (const job of jobs.slice(1 + asked.length)) own(job);
      } finally {
        const ownMs = performance.now() - from;
        answers = asked.map((helper) => answerOf(helper, ownMs));
      }
      if (answers.includes(states.taken)) {
        end('a worker is lost: it does not answer');
        return false;
      }
      answers.forEach((answer, i) => {
        if (answer !== states.done) own(jobs[i + 1]);
      });
      if (answers.includes(states.failed)) end('a worker is lost: it threw an error');
      else if (asked.some(({ missedMs }) => missedMs > mostMissedMs)) {
        end('a worker is lost: it takes no work');
      }
      return true;
    },
    end,
  };
}

const stateOf = (helper: Helper) => Atomics.load(helper.mail, mail.state);

function post(helper: Helper, module: number, job: number): void {
  helper.mail[mail.module] = module;
  helper.mail[mail.job] = job;
  Atomics.store(helper.mail, mail.state, states.posted);
  Atomics.notify(helper.mail, mail.state);
}

/**
 * Waits for a worker and returns the state of its job: `done`, `failed`, `posted` if the worker had
 * not begun (the job is then withdrawn), or `taken` if it had begun and the time is over. Never
 * blocks where a browser forbids it.
 */
function answerOf(helper: Helper, ownMs: number): number {
  const { posted, taken, idle } = states;
  if (Atomics.compareExchange(helper.mail, mail.state, posted, idle) === posted) {
    helper.missedMs += ownMs;
    return posted;
  }
  helper.missedMs = 0;
  const patience = patienceMs + patienceShare * ownMs;
  const deadline = performance.now() + patience;
  for (let left = patience; left > 0; left = deadline - performance.now()) {
    const state = stateOf(helper);
    if (state !== taken) {
      if (state === states.done) Atomics.store(helper.mail, mail.state, idle);
      return state;
    }
    if (mayBlock()) Atomics.wait(helper.mail, mail.state, taken, left);
  }
  return taken;
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
