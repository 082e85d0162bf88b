/** Short program into which faults are injected, with a separate backend for each fault. */
import * as tf from '@tensorflow/tfjs-core';
import { variants } from '../../kernels/webgl/variants.js';
import { TiledWebGLBackend } from '../../src/index.js';
import type { StockInternals } from '../../src/webgl/stock/stockInternals.js';
import { type GlCall, onNewContext } from './contexts.js';
import {
  capturedProgram,
  captureModel,
  computeExpected,
  eagerProgram,
  type Fast,
  makeWeights,
  type Weights,
} from './faultModel.js';
import { type Fault, type FaultKind, faultOf, type ProgramName } from './faults.js';
import { countLive, type Live } from './live.js';

export type Outcome = 'right' | 'error' | 'unclear error' | 'wrong' | 'hung';

/** Outcome of one injected fault. */
export interface FaultResult {
  readonly program: ProgramName;
  readonly kind: string;
  /** Number of the counted call that was to fail, from 1. */
  readonly k: number;
  /** Method that failed first; null if the k-th call never came. */
  readonly call: GlCall | null;
  /** Outcome of the program in which the call failed. */
  readonly first: Outcome;
  /** Outcome of the same program, run once more. */
  readonly second: Outcome;
  /** Description of the resources that were left behind. */
  readonly leaked: string | null;
  /** Messages of the errors, and descriptions of wrong answers. */
  readonly messages: readonly string[];
  /**
   * True if a call failed, the first program is right or ends in a clear error that the kind of
   * fault allows, the second program is right, and nothing is left behind.
   */
  readonly isGood: boolean;
}

const name = 'tiled-faults';
/** Milliseconds after which a program counts as hung; long, because the machine may be busy. */
const timeLimitMs = 5 * 60_000;

/** Number of buffers that stock creates in each context, for vertices and their order. */
const CONTEXT_BUFFERS = 2;

/** True if an error is meaningful to a user who has not read our code. */
function isClear(error: unknown): boolean {
  const unclear = [TypeError, RangeError, ReferenceError, DOMException];
  return error instanceof Error && !unclear.some((type) => error instanceof type);
}

async function judged(run: () => Promise<string | null>, messages: string[]): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hung = new Promise<'hung'>((resolve) => {
    timer = setTimeout(() => resolve('hung'), timeLimitMs);
  });
  try {
    const wrong = await Promise.race([run(), hung]);
    if (wrong === null) return 'right';
    if (wrong === 'hung') return 'hung';
    messages.push(wrong);
    return 'wrong';
  } catch (error) {
    messages.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    return isClear(error) ? 'error' : 'unclear error';
  } finally {
    clearTimeout(timer);
  }
}

interface Faulty {
  /** Makes the backend the current one, and creates it if needed. */
  start(): Promise<void>;
  liveOf(backend: TiledWebGLBackend): Live;
}

/** Runs `body` on a new backend whose context has the fault, with the console silenced. */
async function onFaultyBackend<T>(
  { lasts }: FaultKind,
  fault: Fault,
  body: (faulty: Faulty) => Promise<T>,
): Promise<T> {
  const live = new Map<WebGLRenderingContext, Live>();
  let reason: unknown = null;
  const forget = onNewContext((gl) => {
    if (live.size === 0 || lasts) fault.into(gl);
    live.set(gl, countLive(gl));
  });
  const create = () => {
    try {
      const backend = new TiledWebGLBackend();
      backend.runner.tuning = { order: winogradFirst };
      return backend;
    } catch (error) {
      reason = error;
      throw error;
    }
  };
  const { warn, log } = console;
  console.warn = () => {};
  console.log = () => {};
  if (tf.getKernelsForBackend(name).length === 0) tf.copyRegisteredKernels('tiled-webgl', name);
  tf.registerBackend(name, create, 0);
  const start = async () => {
    if (!(await tf.setBackend(name))) throw reason;
  };
  try {
    return await body({ start, liveOf: ({ gpgpu }) => live.get(gpgpu.gl) as Live });
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
    forget();
    Object.assign(console, { warn, log });
  }
}

/** Orders plans with Winograd first, as tune() may, because the estimates never choose Winograd. */
function winogradFirst<P extends { readonly variant: string }>(plans: readonly P[]): P[] {
  const isFirst = ({ variant }: P) =>
    variants.some(({ name, method }) => name === variant && method === 'winograd');
  return [...plans.filter(isFirst), ...plans.filter((plan) => !isFirst(plan))];
}

/**
 * Counts the calls of a fault's kind that the program makes, including those that create the
 * backend.
 * @throws Error if the program never makes one of the calls, or is wrong without a fault
 */
export async function countCalls(kind: FaultKind, program: ProgramName = 'eager'): Promise<number> {
  await computeExpected();
  const count = async () => {
    const fault = faultOf(kind, 0, program === 'eager');
    await onFaultyBackend(kind, fault, async ({ start }) => {
      const running = runningOf(program, fault, start);
      const wrong = await running.run();
      running.dispose();
      if (wrong !== null) throw new Error(`the program is wrong without a fault: ${wrong}`);
    });
    return fault;
  };
  // The first run on a page makes extra calls, because stock detects the features of contexts.
  await count();
  const fault = await count();
  for (const [call, count] of fault.calls) {
    // Predictions through a capture compile nothing.
    if (count > 0 || program === 'captured') continue;
    throw new Error(`the program never calls ${call}, which "${kind.name}" fails`);
  }
  return [...fault.calls.values()].reduce((a, b) => a + b);
}

/** A program that can be run several times on one backend. */
interface Running {
  /** Returns null if all answers are right, else a description of the error. */
  run(): Promise<string | null>;
  dispose(): void;
}

function runningOf(program: ProgramName, fault: Fault, start: () => Promise<void>): Running {
  let weights: Weights | null = null;
  let fast: Fast | null = null;
  return {
    async run() {
      await start();
      weights ??= makeWeights();
      if (program === 'eager') return eagerProgram(weights);
      if (fast === null) {
        fast = await captureModel(() => weights as Weights);
        const { captured, reason } = fast.info;
        if (!captured) throw new Error(`the model is not captured without a fault: ${reason}`);
        fault.arm();
      }
      return capturedProgram(fast, weights);
    },
    dispose() {
      fast?.dispose();
      tf.dispose({ ...(weights ?? {}) });
    },
  };
}

/** Runs the program with a failing k-th call, and then once more. */
export async function tryFault(
  kind: FaultKind,
  k: number,
  program: ProgramName = 'eager',
): Promise<FaultResult> {
  const messages: string[] = [];
  const before = tf.memory();
  const leaks: string[] = [];
  const note = (what: string, count: number) => {
    if (count !== 0) leaks.push(`${count} ${what}`);
  };
  let ended: Live | null = null;
  // Catches errors outside the program's promises, for example from a timer that polls for a read.
  const onUncaught = (event: ErrorEvent | PromiseRejectionEvent) => {
    const { message } = 'reason' in event ? event.reason : event;
    messages.push(`uncaught: ${message}`);
    leaks.push('an uncaught error');
    event.preventDefault();
  };
  addEventListener('error', onUncaught);
  addEventListener('unhandledrejection', onUncaught);
  const fault = faultOf(kind, k, program === 'eager');
  const [first, second] = await onFaultyBackend(kind, fault, async ({ start, liveOf }) => {
    const running = runningOf(program, fault, start);
    const run = () => running.run();
    let struckIn = await judged(run, messages);
    // The number of polls in a wait varies, so the k-th call may come only in another run.
    if (fault.struck === null && struckIn === 'right') struckIn = await judged(run, messages);
    const outcomes = [struckIn, await judged(run, messages)];
    running.dispose();
    const after = tf.memory();
    note('tensors', after.numTensors - before.numTensors);
    note('data buffers', after.numDataBuffers - before.numDataBuffers);
    const backend = tf.findBackend(name);
    if (backend instanceof TiledWebGLBackend) {
      note('backend records', backend.numDataIds());
      note('GPU bytes', backend.memory().numBytesInGPU);
      note('plane sets', backend.device.planes.setsInUse);
      const manager = backend.getTextureManager();
      const known =
        backend.device.planes.textures +
        manager.getNumUsedTextures() +
        manager.getNumFreeTextures();
      ended = liveOf(backend);
      if (!backend.device.gl.isContextLost()) {
        const { binaryCache } = backend as unknown as StockInternals;
        const programs = backend.device.programs.size + Object.keys(binaryCache).length;
        note('textures', ended.Texture - known);
        note('programs', ended.Program - programs);
        // Our programs share one vertex shader, and so do stock's programs. Stock's programs also
        // keep their fragment shaders.
        const shaders = Object.keys(binaryCache).length + 2;
        note('shaders', Math.max(0, ended.Shader - shaders));
        const { parameters, readBuffers } = backend.device;
        note('buffers', ended.Buffer - CONTEXT_BUFFERS - parameters.buffers - readBuffers.count);
        note('fences', ended.Sync);
      }
    }
    return outcomes;
  });
  // The browser reports uncaught errors in a separate task, so wait for one.
  await new Promise((resolve) => setTimeout(resolve));
  removeEventListener('error', onUncaught);
  removeEventListener('unhandledrejection', onUncaught);
  const { Texture = 0, Framebuffer = 0 } = (ended ?? {}) as Partial<Live>;
  note('textures after the backend', Texture);
  note('framebuffers after the backend', Framebuffer);
  const leaked = leaks.length === 0 ? null : leaks.join(', ');
  const { struck: call } = fault;
  const isAnswered = first === 'right' || (first === 'error' && kind.mayFail);
  const isGood = isAnswered && second === 'right' && leaked === null && call !== null;
  return { program, kind: kind.name, k, call, first, second, leaked, messages, isGood };
}
