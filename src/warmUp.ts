/** warmUp(): everything that a first prediction waits for, before there is a user who does. */
import {
  engine,
  memory,
  type Tensor,
  type TensorContainer,
  tensor_util,
} from '@tensorflow/tfjs-core';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { engineOf, onBackend } from './runningEngine.js';
import { disposeSince, mark, predictorOf, type Tunable } from './tune/model.js';
import type { Compilation } from './webgl/context/compileAhead.js';
import { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export interface WarmUpProgress {
  /** Programs are being compiled; the model runs; all is done. */
  readonly stage: 'compile' | 'run' | 'done';
  /** Programs that are ready, of those that are known. */
  readonly compiled: number;
  readonly total: number;
}

export interface WarmUpOptions {
  /** One of our running backends; else the active one if it is ours, else `tiled`. */
  readonly backend?: string;
  readonly onProgress?: (progress: WarmUpProgress) => void;
}

export interface WarmUpReport {
  /** Programs that were compiled side by side; 0 on the CPU. */
  readonly programs: number;
  /** ms until they were ready. */
  readonly compileMs: number;
  /** ms of the prediction after that, until its results were read. */
  readonly runMs: number;
}

const POLL_MS = 4;

/**
 * Makes the first prediction before it is needed. The model is called twice. The first call draws
 * nothing: it tells which programs are needed, and they are compiled side by side while the page
 * goes on. The second one is a prediction, whose results are read and disposed of. On the CPU there
 * is only the second, and after it the workers that it started are waited for.
 *
 * @param model has `predict`, `execute` or `executeAsync`, or is a function of the inputs, which is
 *   responsible for its own intermediate tensors, and keeps none that it computes
 * @param inputs are handed to it as they are, and are not disposed of
 * @throws Error where the backend is none of ours, an argument is wrong, or the model keeps a tensor
 *   of the first call; whatever the model throws
 */
export async function warmUp<Inputs>(
  model: Tunable<Inputs>,
  inputs: Inputs,
  options: WarmUpOptions = {},
): Promise<WarmUpReport> {
  const { onProgress } = options;
  const call = predictorOf('warmUp', model);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new Error(`warmUp: onProgress must be a function; got ${typeof onProgress}`);
  }
  const { name, backend, elsewhere } = engineOf<typeof warmUp>('warmUp', options.backend);
  if (elsewhere) return elsewhere(model, inputs, { ...options, backend: name });
  return onBackend(name, async () => {
    const start = performance.now();
    const predict = () => call(inputs);
    const programs =
      backend instanceof TiledWebGLBackend ? await compile(backend, predict, onProgress) : 0;
    const compileMs = performance.now() - start;
    onProgress?.({ stage: 'run', compiled: programs, total: programs });
    const before = mark();
    const result = await predict();
    await Promise.all(tensorsIn(result).map((tensor) => tensor.data()));
    disposeSince(before, result);
    const runMs = performance.now() - start - compileMs;
    if (backend instanceof TiledCPUBackend) await backend.threadsLoaded();
    onProgress?.({ stage: 'done', compiled: programs, total: programs });
    return { programs, compileMs, runMs };
  });
}

/** Compiles what a prediction asks for; how many programs that was. */
async function compile(
  backend: TiledWebGLBackend,
  predict: () => unknown,
  onProgress: WarmUpOptions['onProgress'],
): Promise<number> {
  const before = mark();
  const tensors = memory().numTensors;
  let result: unknown;
  const compilation = backend.compileAhead(() => {
    engine().startScope();
    try {
      result = predict();
    } catch {
      // It has read what was not drawn, or fails when it runs, too.
    } finally {
      engine().endScope();
    }
  });
  try {
    // What comes after an await finds its tensors disposed of.
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
    compilation.finish();
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
