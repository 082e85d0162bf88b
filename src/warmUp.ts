/** warmUp(): all the work that a first prediction waits for, done before a user waits for it. */
import {
  engine,
  memory,
  type Tensor,
  type TensorContainer,
  tensor_util,
} from '@tensorflow/tfjs-core';
import { engineOf, onBackend } from './runningEngine.js';
import { type Rehearsal, rehearsalOf } from './trainingStep.js';
import { disposeSince, mark, predictorOf, type Tunable } from './tune/model.js';
import type { Compilation } from './webgl/context/compileAhead.js';
import type { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export interface WarmUpProgress {
  /** Stage: programs are being compiled, the model runs, or all is done. */
  readonly stage: 'compile' | 'run' | 'done';
  /** Number of programs that are ready, out of the `total` that are known. */
  readonly compiled: number;
  readonly total: number;
}

export interface WarmUpOptions {
  /**
   * Name of a running tiled backend; by default the active backend if it is a tiled one, else
   * `tiled`.
   */
  readonly backend?: string;
  readonly onProgress?: (progress: WarmUpProgress) => void;
  /**
   * True to make a step of training instead of a prediction. The model is a LayersModel that was compiled;
   * the step has its loss, an optimizer like its own, and random targets. Weights and optimizer stay as
   * they are.
   */
  readonly train?: boolean;
}

export interface WarmUpReport {
  /** Number of programs that were compiled in parallel; 0 on the CPU. */
  readonly programs: number;
  /** Milliseconds until these programs were ready. */
  readonly compileMs: number;
  /** Milliseconds of the prediction, or step, after compilation, until its results were read. */
  readonly runMs: number;
}

const POLL_MS = 4;

/**
 * Makes the first prediction, or step of training, before it is needed. The model is called twice. The first call draws
 * nothing: it shows which programs are needed, and they are compiled in parallel while the page
 * continues to run. The second call is a prediction, whose results are read and disposed of. On the
 * CPU there is only the second call, after which warmUp() waits for the workers that it started.
 *
 * @param model has `predict`, `execute` or `executeAsync`, or is a function of the inputs, which is
 *   responsible for its own intermediate tensors, and keeps no tensor that it computes; for
 *   training, a LayersModel
 * @param inputs are passed to the model as they are, and are not disposed of
 * @example
 * await warmUp(model, x);
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
 * await warmUp(model, batch, { train: true });
 * @throws Error if the backend is not a tiled one, an argument is wrong, the model keeps a tensor of
 *   the first call, or is to be trained and was not compiled; any error that the model throws
 */
export async function warmUp<Inputs>(
  model: Tunable<Inputs>,
  inputs: Inputs,
  options: WarmUpOptions = {},
): Promise<WarmUpReport> {
  const { onProgress, train = false } = options;
  if (typeof train !== 'boolean') {
    throw new Error(`warmUp: train must be true or false; got ${String(train)}`);
  }
  const rehearsal = train ? rehearsalOf(model, inputs) : predictionOf(model, inputs);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new Error(`warmUp: onProgress must be a function; got ${typeof onProgress}`);
  }
  const { name, backend, elsewhere } = engineOf<typeof warmUp>('warmUp', options.backend);
  if (elsewhere) return elsewhere(model, inputs, { ...options, backend: name });
  return onBackend(name, async () => {
    const start = performance.now();
    const programs = backend.engine === 'webgl' ? await compile(backend, rehearsal, onProgress) : 0;
    const compileMs = performance.now() - start;
    onProgress?.({ stage: 'run', compiled: programs, total: programs });
    const before = mark();
    try {
      const result = await rehearsal.call();
      await Promise.all(tensorsIn(result).map((tensor) => tensor.data()));
      disposeSince(before, result);
    } finally {
      rehearsal.undo();
    }
    const runMs = performance.now() - start - compileMs;
    if (backend.engine === 'cpu') await backend.threadsLoaded();
    onProgress?.({ stage: 'done', compiled: programs, total: programs });
    return { programs, compileMs, runMs };
  });
}

function predictionOf<Inputs>(model: Tunable<Inputs>, inputs: Inputs): Rehearsal {
  const predict = predictorOf('warmUp', model);
  return { call: () => predict(inputs), undo: () => {} };
}

/** Compiles the programs that a prediction or step requests, and returns their number. */
async function compile(
  backend: TiledWebGLBackend,
  { call, undo }: Rehearsal,
  onProgress: WarmUpOptions['onProgress'],
): Promise<number> {
  const before = mark();
  const tensors = memory().numTensors;
  let result: unknown;
  const run = () => {
    engine().startScope();
    try {
      result = call();
    } catch {
      // The call read a value that was not drawn, or it will fail in the real prediction too.
    } finally {
      engine().endScope();
    }
  };
  let compilation: Compilation;
  try {
    compilation = backend.compileAhead(run);
  } finally {
    // Not in run(), because compileAhead() compiles at its end what is pending then, new weights too.
    undo();
  }
  try {
    // After an await the model finds its tensors disposed of, so a rejection is ignored.
    if (result instanceof Promise)
      await result.then(
        (late) => disposeSince(before, late),
        () => {},
      );
    const kept = memory().numTensors - tensors;
    if (kept > 0) {
      throw new Error(
        `warmUp: the model keeps ${kept} tensors of a call that computed nothing; ` +
          'let it make them before, in a call of its own',
      );
    }
    await untilReady(compilation, onProgress);
  } finally {
    compilation.takePrograms();
  }
  return compilation.total;
}

async function untilReady(
  { total, ready }: Compilation,
  onProgress: WarmUpOptions['onProgress'],
): Promise<void> {
  let compiled = 0;
  onProgress?.({ stage: 'compile', compiled, total });
  while (compiled < total) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const now = ready();
    if (now > compiled) onProgress?.({ stage: 'compile', compiled: now, total });
    compiled = now;
  }
}

function tensorsIn(result: unknown): Tensor[] {
  return result == null ? [] : tensor_util.getTensorsInContainer(result as TensorContainer);
}
