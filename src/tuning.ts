/**
 * Tuning: measuring the variants of the convolutions of a net on this device, and keeping what
 * was found. The only public place that changes which variant is tried first.
 */
import { env } from '@tensorflow/tfjs-core';
import { ContextLostError } from '../kernels/errors.js';
import { executePlan } from '../kernels/webgl/drawPlan.js';
import type { Tuning } from '../kernels/webgl/runner.js';
import { variants } from '../kernels/webgl/variants.js';
import { version } from '../package.json';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { engineOf, onBackend, running, webglEngineOf } from './runningEngine.js';
import { type Bench, makeMeter } from './tune/measure.js';
import { disposeSince, mark, predictorOf, type Tunable } from './tune/model.js';
import { type Choices, type SeenConv, tuningFrom } from './tune/order.js';
import { type Place, readRecord, writeRecord } from './tune/record.js';
import { recall, remember } from './tune/remember.js';
import { search } from './tune/search.js';
import { makePause } from './tune/turns.js';
import type { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export interface TuneProgress {
  /** Convolutions measured. */
  readonly done: number;
  /** Convolutions known so far; it grows where a choice brings tensors into other tiles. */
  readonly total: number;
  /** The convolution measured last. */
  readonly key: string;
}

export interface TuneOptions {
  /**
   * One of our running backends; else the active one if it is ours, else `tiled`. It is made
   * active where it is not, while the model runs.
   */
  readonly backend?: string;
  /** Samples of each variant and of the whole net; the median counts. 5 if not given. */
  readonly rounds?: number;
  /**
   * Measures in idle moments of the page, between its own predictions. What is found is used
   * from then on; `inputs` must live until the promise is settled. false if not given.
   */
  readonly background?: boolean;
  readonly onProgress?: (progress: TuneProgress) => void;
  /** Ends the tuning early; what was measured until then stays in use, and is not remembered. */
  readonly signal?: AbortSignal;
}

export interface TuneEntry {
  /** The convolution, as in `conv2d:in=1x56x56x64;f=3x3x128;...;tile=4x2x1`. */
  readonly key: string;
  /** The variant that is tried first from now on. */
  readonly chosen: string;
  /** The one that the estimate puts first. */
  readonly before: string;
  /** ms of each variant, with bringing the input into the tile that it reads. */
  readonly measured: Readonly<Record<string, number>>;
}

export interface TuneReport {
  /** Renderer string; null on the CPU, where there is nothing to tune. */
  readonly renderer: string | null;
  /** What this call measured; nothing that was known before it. */
  readonly entries: readonly TuneEntry[];
  /**
   * Time of a prediction with the estimates' choices / with the new ones, from interleaved
   * predictions; 1 where the new choices are not faster, and the estimates' stay.
   */
  readonly gain: number;
}

export type { Tunable };

const tables = new WeakMap<TiledWebGLBackend, Choices>();
/** Records on their way from the browser's storage. */
const recalls = new WeakMap<TiledWebGLBackend, Promise<void>>();
const busy = new WeakSet<TiledWebGLBackend>();

/**
 * Measures the variants of every convolution that a model computes, and uses the fastest from
 * then on. The choices are kept where that makes whole predictions faster. In a page they are
 * remembered for this renderer and package version; what is remembered is not measured again
 * (clearTuning() forgets it).
 *
 * Runs the model some ten times. A model as a function is responsible for its own intermediate
 * tensors; what it returns is disposed of.
 *
 * @param model has `predict`, `execute` or `executeAsync`, or is a function of the inputs
 * @param inputs are handed to it as they are, and are not disposed of
 * @throws Error where the backend is none of ours, or an argument is wrong; the signal's reason
 *   after an abort; ContextLostError where the WebGL context was lost, after which what was measured
 *   before stays in use, and is not remembered; whatever the model throws
 */
export async function tune<Inputs>(
  model: Tunable<Inputs>,
  inputs: Inputs,
  options: TuneOptions = {},
): Promise<TuneReport> {
  const { rounds = 5, background = false, onProgress, signal } = options;
  const call = predictorOf('tune', model);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`tune: rounds is ${rounds}; it must be a whole number of at least 1`);
  }
  const { name, backend, elsewhere } = engineOf<typeof tune>('tune', options.backend);
  if (elsewhere) return elsewhere(model, inputs, { ...options, backend: name });
  if (backend instanceof TiledCPUBackend) return { renderer: null, entries: [], gain: 1 };
  const { renderer } = backend.device.capabilities;
  refuseWhileBusy('tune', name, backend);
  busy.add(backend);
  try {
    await recalls.get(backend);
    const wait = makePause(background);
    const checkContext = contextCheck(backend);
    const pause = async () => {
      signal?.throwIfAborted();
      await wait();
      signal?.throwIfAborted();
      if (running(name) !== backend) throw new Error(`tune: '${name}' was removed`);
      checkContext();
    };
    const predict = async (tuning: Tuning, runs: number): Promise<number> => {
      await pause();
      return onBackend(name, () =>
        runUnder(backend, tuning, () => call(inputs), runs, checkContext),
      );
    };
    const { choices, measured, gain } = await search(
      tables.get(backend) ?? new Map(),
      {
        async record(under) {
          const seen = new Map<string, SeenConv>();
          await predict(
            tuningFrom(under, (conv) => seen.set(conv.key, conv)),
            1,
          );
          return [...seen.values()];
        },
        measure: makeMeter(makeBench(backend, pause, rounds, checkContext)),
        predict: (under, runs) => predict(tuningFrom(under), runs),
      },
      {
        rounds,
        use: (growing) => setChoices(backend, growing, true),
        progress: (done, total, key) => onProgress?.({ done, total, key }),
      },
    );
    setChoices(backend, choices);
    const place = placeOf(backend);
    if (measured.length > 0) await remember(place, writeRecord(place, choices));
    const entries = measured.map(({ key, before, plans }) => ({
      key,
      chosen: choices.get(key) ?? before,
      before,
      measured: Object.fromEntries(
        plans.map(({ variant, kernel, arrive }) => [variant, kernel + arrive]),
      ),
    }));
    return { renderer, entries, gain };
  } finally {
    busy.delete(backend);
    // The net's weights were packed for every variant that was tried.
    backend.shrink();
    setChoices(backend, tables.get(backend) ?? new Map());
  }
}

/**
 * The choices in use as JSON, for loadTuning() on the same renderer and package version.
 * @throws Error where the backend is not one of ours on the WebGL engine
 */
export function exportTuning(backendName?: string): string {
  const { name, backend, elsewhere } = webglEngineOf<typeof exportTuning>(
    'exportTuning',
    backendName,
  );
  if (elsewhere) return elsewhere(name);
  return writeRecord(placeOf(backend), tables.get(backend) ?? new Map());
}

/**
 * Uses the choices of a record from now on, beside those in use and before them.
 * @param json what exportTuning() gave
 * @throws Error that names what is wrong, where the record is malformed, of another renderer or
 *   package version, or names variants that do not exist; nothing has changed then
 */
export function loadTuning(json: string, backendName?: string): void {
  const { name, backend, elsewhere } = webglEngineOf<typeof loadTuning>('loadTuning', backendName);
  if (elsewhere) return void elsewhere(json, name);
  refuseWhileBusy('loadTuning', name, backend);
  let loaded: Choices;
  try {
    loaded = readRecord(json, placeOf(backend), variants);
  } catch (error) {
    throw new Error(`loadTuning: ${(error as Error).message}`);
  }
  setChoices(backend, new Map([...(tables.get(backend) ?? []), ...loaded]));
}

/**
 * Forgets all choices for this renderer, those between visits too: estimates decide again.
 * @throws Error where the backend is not one of ours on the WebGL engine, or tune() is running
 */
export async function clearTuning(backendName?: string): Promise<void> {
  const { name, backend, elsewhere } = webglEngineOf<typeof clearTuning>(
    'clearTuning',
    backendName,
  );
  if (elsewhere) return elsewhere(name);
  refuseWhileBusy('clearTuning', name, backend);
  await recalls.get(backend);
  setChoices(backend, new Map());
  await remember(placeOf(backend), null);
}

/** Starts to look for what an earlier visit remembered; estimates decide until it is there. */
export function recallTuning(backend: TiledWebGLBackend): TiledWebGLBackend {
  const arrived = async () => {
    const place = placeOf(backend);
    const text = await recall(place);
    if (text === null) return;
    try {
      const remembered = readRecord(text, place, variants);
      setChoices(backend, new Map([...remembered, ...(tables.get(backend) ?? [])]));
    } catch (error) {
      console.warn(`tiled: the remembered tuning is ignored: ${(error as Error).message}`);
    }
  };
  recalls.set(backend, arrived());
  return backend;
}

function placeOf(backend: TiledWebGLBackend): Place {
  return { version, renderer: backend.device.capabilities.renderer };
}

/** `growing` choices are watched though there may be none yet. */
function setChoices(backend: TiledWebGLBackend, choices: Choices, growing = false): void {
  tables.set(backend, choices);
  backend.runner.tuning = choices.size > 0 || growing ? tuningFrom(choices) : null;
}

function refuseWhileBusy(caller: string, name: string, backend: TiledWebGLBackend): void {
  if (busy.has(backend)) throw new Error(`${caller}: tune() is still running on '${name}'`);
}

/** Throws where the context is no more what it is now: what was timed then is worth nothing. */
function contextCheck(backend: TiledWebGLBackend): () => void {
  backend.recovery.ready();
  const { device } = backend;
  return () => {
    if (backend.device === device && !device.isLost) return;
    throw new ContextLostError('tune() was measuring; tune again');
  };
}

function makeBench(
  backend: TiledWebGLBackend,
  pause: () => Promise<void>,
  rounds: number,
  checkContext: () => void,
): Bench {
  return {
    runner: backend.runner,
    rounds,
    pause,
    compute: (shape, plan, operands) =>
      backend.recovery.within(() => executePlan(backend.runner, shape, plan, operands)),
    finish() {
      backend.device.finish();
      checkContext();
    },
    free(tensors) {
      const flag = 'WEBGL_DELETE_TEXTURE_THRESHOLD';
      const usual = env().getNumber(flag);
      env().set(flag, 0);
      for (const tensor of tensors) backend.disposeIntermediateTensorInfo(tensor);
      env().set(flag, usual);
    },
  };
}

/** ms of one prediction under a tuning, from several. */
async function runUnder(
  backend: TiledWebGLBackend,
  tuning: Tuning,
  predict: () => unknown,
  runs: number,
  checkContext: () => void,
): Promise<number> {
  const usual = backend.runner.tuning;
  const before = mark();
  const start = performance.now();
  for (let i = 0; i < runs; i++) {
    backend.runner.tuning = tuning;
    try {
      const result = predict();
      disposeSince(before, result instanceof Promise ? await result : result);
    } finally {
      backend.runner.tuning = usual;
    }
  }
  backend.device.finish();
  checkContext();
  return (performance.now() - start) / runs;
}
