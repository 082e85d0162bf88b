/** The short program that faults are put into, on a backend of its own for each. */
import * as tf from '@tensorflow/tfjs-core';
import { variants } from '../../kernels/webgl/variants.js';
import { TiledWebGLBackend } from '../../src/index.js';
import { integers, stream } from '../../src/validator/index.js';
import type { StockInternals } from '../../src/webgl/stock/stockInternals.js';
import { type GlCall, onNewContext } from './contexts.js';
import { type Fault, type FaultKind, faultOf } from './faults.js';
import { countLive, type Live } from './live.js';

export type Outcome = 'right' | 'error' | 'unclear error' | 'wrong' | 'hung';

/** What became of one fault. */
export interface FaultResult {
  readonly kind: string;
  /** Which of the counted calls failed, from 1 on, and what it called; null if it never came to that. */
  readonly k: number;
  readonly call: GlCall | null;
  /** The program in which the call failed, and the same one after it. */
  readonly first: Outcome;
  readonly second: Outcome;
  /** What was left behind, in words. */
  readonly leaked: string | null;
  /** Of the errors, or of what was wrong. */
  readonly messages: readonly string[];
  /**
   * Whether nothing is wrong in silence, incomprehensible, or for ever; nothing is left behind, and
   * the second program is right.
   */
  readonly isGood: boolean;
}

const name = 'tiled-faults';
/** Limit for a program that never ends, in milliseconds: a busy machine takes its time over one. */
const timeLimitMs = 5 * 60_000;

/** Vertices and their order, which stock makes for each context. */
const CONTEXT_BUFFERS = 2;

const shapes = {
  x: [1, 9, 9, 8],
  wide: [1, 5, 6, 35],
  filter: [1, 2, 8, 8],
  depthwise: [2, 1, 8, 1],
  winograd: [3, 3, 35, 8],
} as const satisfies Record<string, readonly [number, number, number, number]>;

/** Whole numbers, so that every way of computing gives the same ones. */
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
 * A convolution that takes its activation along, one by depthwise filters and a pool; one by
 * Winograd; and kernels of stock's on both.
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

/** What the stock cpu backend predicts. */
let expected: readonly Float32Array[] = [];

async function computeExpected(): Promise<void> {
  await tf.setBackend('cpu');
  const weights = makeWeights();
  const answers = predict(weights);
  expected = answers.map((answer) => answer.dataSync<'float32'>());
  tf.dispose([...answers, ...Object.values(weights)]);
}

/** A prediction that is read, at once and in time. Null where it is right, else what is wrong. */
async function program(weights: Weights): Promise<string | null> {
  const answers = predict(weights);
  try {
    for (const [i, answer] of answers.entries()) {
      const values = i % 2 === 0 ? await answer.data() : answer.dataSync();
      const at = expected[i].findIndex((value, j) => value !== values[j]);
      if (at >= 0) return `value ${at} of answer ${i} is ${values[at]}, not ${expected[i][at]}`;
    }
    return null;
  } finally {
    tf.dispose(answers);
  }
}

/** Whether an error says something to who has not read our code. */
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
  /** Makes the backend, unless it is there, and uses it. */
  start(): Promise<void>;
  liveOf(backend: TiledWebGLBackend): Live;
}

/** Runs `body` on a new backend in a context with the fault; silent on the console. */
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

/** As tune() would choose it: estimates never do. */
function winogradFirst<P extends { readonly variant: string }>(plans: readonly P[]): P[] {
  const isFirst = ({ variant }: P) =>
    variants.some(({ name, method }) => name === variant && method === 'winograd');
  return [...plans.filter(isFirst), ...plans.filter((plan) => !isFirst(plan))];
}

/**
 * How many calls of the kind the program makes, from the making of the backend on.
 * @throws Error where it never makes one of them, or is wrong without a fault
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
  // In the first one on a page, stock finds out what contexts can do.
  await count();
  const fault = await count();
  for (const [call, count] of fault.calls) {
    if (count === 0) throw new Error(`the program never calls ${call}, which "${kind.name}" fails`);
  }
  return [...fault.calls.values()].reduce((a, b) => a + b);
}

/** Lets the k-th call fail, and runs the program once more. */
export async function tryFault(kind: FaultKind, k: number): Promise<FaultResult> {
  const messages: string[] = [];
  const before = tf.memory();
  const leaks: string[] = [];
  const note = (what: string, count: number) => {
    if (count !== 0) leaks.push(`${count} ${what}`);
  };
  let ended: Live | null = null;
  // Such as those of a timer that waits for a read.
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
    // How often a wait asks is not the same each time.
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
        // Ours share one vertex shader, and so do stock's, which keep their fragment shaders.
        const shaders = Object.keys(binaryCache).length + 2;
        note('shaders', Math.max(0, ended.Shader - shaders));
        note('buffers', ended.Buffer - CONTEXT_BUFFERS);
        note('fences', ended.Sync);
      }
    }
    return outcomes;
  });
  // What nobody has caught is told of in a task of its own.
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
