/** Short program into which faults are injected, with a separate backend for each fault. */
import * as tf from '@tensorflow/tfjs-core';
import { variants } from '../../kernels/webgl/variants.js';
import { TiledWebGLBackend } from '../../src/index.js';
import { integers, stream } from '../../src/validator/index.js';
import type { StockInternals } from '../../src/webgl/stock/stockInternals.js';
import { type GlCall, onNewContext } from './contexts.js';
import { type Fault, type FaultKind, faultOf } from './faults.js';
import { countLive, type Live } from './live.js';

export type Outcome = 'right' | 'error' | 'unclear error' | 'wrong' | 'hung';

/** Outcome of one injected fault. */
export interface FaultResult {
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
/**
 * Stock's packed convolutions start each sum at this number and subtract it at the end, so that a sum
 * of zero may come out as its negative.
 */
const STOCK_EPSILON = Math.fround(1e-15);

/** Milliseconds after which a program counts as hung; long, because the machine may be busy. */
const timeLimitMs = 5 * 60_000;

/** Number of buffers that stock creates in each context, for vertices and their order. */
const CONTEXT_BUFFERS = 2;

const shapes = {
  x: [1, 9, 9, 8],
  wide: [1, 5, 6, 35],
  filter: [1, 2, 8, 8],
  depthwise: [2, 1, 8, 1],
  winograd: [3, 3, 35, 8],
} as const satisfies Record<string, readonly [number, number, number, number]>;

/** Returns a tensor of whole numbers, so that every variant computes exactly the same result. */
function tensor(what: keyof typeof shapes): tf.Tensor4D {
  const shape = shapes[what];
  const size = shape.reduce((a: number, b) => a * b, 1);
  return tf.tensor4d(integers(stream(7, what), size, 4), [...shape]);
}

const weightNames = ['filter', 'depthwise', 'winograd'] as const;

type Weights = Record<(typeof weightNames)[number], tf.Tensor4D>;

function makeWeights(): Weights {
  return Object.fromEntries(weightNames.map((what) => [what, tensor(what)])) as Weights;
}

/**
 * Runs a convolution with a fused activation, a depthwise convolution and a pool, and a Winograd
 * convolution, with stock kernels after both.
 */
function predict({ filter, depthwise, winograd }: Weights): tf.Tensor[] {
  return tf.tidy(() => {
    const y = tf.relu(tf.conv2d(tensor('x'), filter, 1, 'same'));
    const z = tf.depthwiseConv2d(y, depthwise, 1, 'same');
    const pooled = tf.maxPool(z, 2, 2, 'same');
    const w = tf.conv2d(tensor('wide'), winograd, 1, 'same');
    return [z, tf.transpose(pooled, [0, 3, 1, 2]), tf.cumsum(w, 1)];
  });
}

/** Answers of the stock cpu backend. */
let expected: readonly Float32Array[] = [];

async function computeExpected(): Promise<void> {
  await tf.setBackend('cpu');
  const weights = makeWeights();
  const answers = predict(weights);
  expected = answers.map((answer) => answer.dataSync<'float32'>());
  tf.dispose([...answers, ...Object.values(weights)]);
}

/**
 * Predicts and reads the answers, some synchronously and some asynchronously. Returns null if they
 * are right, else a description of the error.
 */
async function program(weights: Weights): Promise<string | null> {
  const answers = predict(weights);
  try {
    for (const [i, answer] of answers.entries()) {
      const values = i % 2 === 0 ? await answer.data() : answer.dataSync();
      const at = expected[i].findIndex(
        (value, j) => !(Math.abs(value - values[j]) <= STOCK_EPSILON),
      );
      if (at >= 0) return `value ${at} of answer ${i} is ${values[at]}, not ${expected[i][at]}`;
    }
    return null;
  } finally {
    tf.dispose(answers);
  }
}

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
export async function countCalls(kind: FaultKind): Promise<number> {
  await computeExpected();
  const count = async () => {
    const fault = faultOf(kind, 0);
    await onFaultyBackend(kind, fault, async ({ start }) => {
      await start();
      const weights = makeWeights();
      const wrong = await program(weights);
      tf.dispose({ ...weights });
      if (wrong !== null) throw new Error(`the program is wrong without a fault: ${wrong}`);
    });
    return fault;
  };
  // The first run on a page makes extra calls, because stock detects the features of contexts.
  await count();
  const fault = await count();
  for (const [call, count] of fault.calls) {
    if (count === 0) throw new Error(`the program never calls ${call}, which "${kind.name}" fails`);
  }
  return [...fault.calls.values()].reduce((a, b) => a + b);
}

/** Runs the program with a failing k-th call, and then once more. */
export async function tryFault(kind: FaultKind, k: number): Promise<FaultResult> {
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
  const fault = faultOf(kind, k);
  const [first, second] = await onFaultyBackend(kind, fault, async ({ start, liveOf }) => {
    let weights: Weights | null = null;
    const run = async () => {
      await start();
      weights ??= makeWeights();
      return program(weights);
    };
    let struckIn = await judged(run, messages);
    // The number of polls in a wait varies, so the k-th call may come only in another run.
    if (fault.struck === null && struckIn === 'right') struckIn = await judged(run, messages);
    const outcomes = [struckIn, await judged(run, messages)];
    tf.dispose({ ...(weights ?? {}) });
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
        note('buffers', ended.Buffer - CONTEXT_BUFFERS - backend.device.parameters.buffers);
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
  return { kind: kind.name, k, call, first, second, leaked, messages, isGood };
}
