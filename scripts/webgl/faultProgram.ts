/** The short program that faults are put into, on a backend of its own for each. */
import * as tf from '@tensorflow/tfjs-core';
import { TiledWebGLBackend } from '../../src/index.js';
import { convolve, integers, stream } from '../../src/validator/index.js';
import { onNewContext } from './contexts.js';
import { type Fault, type FaultKind, injectFault } from './faults.js';
import { countLive, type Live } from './live.js';

export type Outcome = 'right' | 'error' | 'unclear error' | 'wrong' | 'hung';

/** What became of one fault. */
export interface FaultResult {
  readonly kind: string;
  /** Which of the counted calls failed, from 1 on. */
  readonly k: number;
  /** The program in which the call failed, and the same one after it. */
  readonly first: Outcome;
  readonly second: Outcome;
  /** What was left behind, in words. */
  readonly leaked: string | null;
  /** Of the errors, or of what was wrong. */
  readonly messages: readonly string[];
}

const name = 'tiled-faults';
const timeLimitMs = 4_000;

const side = 9;
const inShape: [number, number, number, number] = [1, side, side, 8];
const filterShape: [number, number, number, number] = [3, 3, 8, 8];
const depthwiseShape: [number, number, number, number] = [3, 3, 8, 1];

const numbers = (what: string, shape: readonly number[]) =>
  integers(
    stream(7, what),
    shape.reduce((a, b) => a * b),
    4,
  );
const x = numbers('x', inShape);
const filter = numbers('filter', filterShape);
const depthwise = numbers('depthwise', depthwiseShape);

const expected = (() => {
  const same = { stride: [1, 1], pad: 'same', dilation: [1, 1], format: 'NHWC' } as const;
  const y = convolve({ kernel: 'conv2d', in: inShape, filter: filterShape, ...same }, x, filter);
  const z = convolve(
    { kernel: 'depthwiseConv2d', in: inShape, filter: depthwiseShape, ...same },
    y.values.map((value) => Math.max(0, value)),
    depthwise,
  );
  return z.values;
})();

interface Weights {
  readonly filter: tf.Tensor4D;
  readonly depthwise: tf.Tensor4D;
}

/**
 * conv2d, relu and a depthwise convolution, read; transposed by a stock kernel, and read at once.
 * Null where both are right, else what is wrong.
 */
async function program(weights: Weights): Promise<string | null> {
  const [z, turned] = tf.tidy(() => {
    const y = tf.relu(tf.conv2d(tf.tensor4d(x, inShape), weights.filter, 1, 'same'));
    const z = tf.depthwiseConv2d(y, weights.depthwise, 1, 'same');
    return [z, tf.transpose(z, [0, 3, 1, 2])];
  });
  try {
    const answers = [await z.data(), turned.dataSync()];
    const pixels = side * side;
    const channels = inShape[3];
    for (let i = 0; i < expected.length; i++) {
      const at = (i % channels) * pixels + Math.floor(i / channels);
      const got = [answers[0][i], answers[1][at]];
      const run = got.findIndex((value) => value !== expected[i]);
      if (run >= 0) return `value ${i} of read ${run + 1} is ${got[run]}, not ${expected[i]}`;
    }
    return null;
  } finally {
    tf.dispose([z, turned]);
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
  fault(): Fault;
  liveOf(backend: TiledWebGLBackend): Live;
}

/** Runs `body` on a new backend in a context with the fault; silent on the console. */
async function onFaultyBackend<T>(
  kind: FaultKind,
  k: number,
  body: (faulty: Faulty) => Promise<T>,
): Promise<T> {
  let fault: Fault | null = null;
  const live = new Map<WebGLRenderingContext, Live>();
  let reason: unknown = null;
  const forget = onNewContext((gl) => {
    // The first is the backend's; stock makes others, to see what there is.
    fault ??= injectFault(gl, kind, k);
    live.set(gl, countLive(gl));
  });
  const create = () => {
    try {
      return new TiledWebGLBackend();
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
    return await body({
      start,
      fault: () => fault ?? { calls: 0, struck: false },
      liveOf: ({ gpgpu }) => live.get(gpgpu.gl) as Live,
    });
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
    forget();
    Object.assign(console, { warn, log });
  }
}

/** How many calls of the kind the program makes, from the making of the backend on. */
export function countCalls(kind: FaultKind): Promise<number> {
  return onFaultyBackend(kind, 0, async ({ start, fault }) => {
    await start();
    const weights = makeWeights();
    const wrong = await program(weights);
    const { calls } = fault();
    tf.dispose({ ...weights });
    if (wrong !== null) throw new Error(`the program is wrong without a fault: ${wrong}`);
    return calls;
  });
}

function makeWeights(): Weights {
  return {
    filter: tf.tensor4d(filter, filterShape),
    depthwise: tf.tensor4d(depthwise, depthwiseShape),
  };
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
  const [first, second] = await onFaultyBackend(kind, k, async ({ start, fault, liveOf }) => {
    let weights: Weights | null = null;
    const run = async () => {
      await start();
      weights ??= makeWeights();
      return program(weights);
    };
    const outcomes = [await judged(run, messages), await judged(run, messages)];
    if (!fault().struck) messages.push('the fault did not strike');
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
      if (!backend.device.gl.isContextLost()) note('textures', ended.Texture - known);
    }
    return outcomes;
  });
  removeEventListener('error', onUncaught);
  removeEventListener('unhandledrejection', onUncaught);
  const { Texture = 0, Framebuffer = 0 } = (ended ?? {}) as Partial<Live>;
  note('textures after the backend', Texture);
  note('framebuffers after the backend', Framebuffer);
  const leaked = leaks.length === 0 ? null : leaks.join(', ');
  return { kind: kind.name, k, first, second, leaked, messages };
}
