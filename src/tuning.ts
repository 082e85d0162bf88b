/**
 * Tuning: measuring the variants of a net's convolutions on this device, and keeping the results.
 * It is the only public place that measures which variant to try first.
 */
import { env } from '@tensorflow/tfjs-core';
import { ContextLostError } from '../kernels/errors.js';
import type { Measured } from '../kernels/webgl/calibrated.js';
import { executePlan } from '../kernels/webgl/drawPlan.js';
import type { Tuning } from '../kernels/webgl/runner.js';
import { variants } from '../kernels/webgl/variants.js';
import { version } from '../package.json';
import { calibrateLater } from './calibration.js';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { engineOf, onBackend, running, webglEngineOf } from './runningEngine.js';
import { type Bench, makeMeter } from './tune/measure.js';
import { disposeSince, mark, predictorOf, type Tunable } from './tune/model.js';
import { type Choices, type SeenConv, tuningFrom } from './tune/order.js';
import { type Place, readRecord, type TuningRecord, writeRecord } from './tune/record.js';
import { recall, remember } from './tune/remember.js';
import { search } from './tune/search.js';
import { makePause } from './tune/turns.js';
import type { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

export interface TuneProgress {
  /** Number of convolutions measured. */
  readonly done: number;
  /** Number of convolutions known so far; it grows if a choice brings tensors into other tiles. */
  readonly total: number;
  /** Key of the convolution measured last. */
  readonly key: string;
}

export interface TuneOptions {
  /**
   * Name of a running tiled backend; by default the active backend if it is a tiled one, else
   * `tiled`. If it is not active, it is made active while the model runs.
   */
  readonly backend?: string;
  /**
   * Number of samples of each variant and of the whole net; the median counts. The default is 5.
   */
  readonly rounds?: number;
  /**
   * Measures in idle moments of the page, between the page's own predictions. Choices are used from
   * the moment they are found; `inputs` must live until the promise is settled. The default is
   * false.
   */
  readonly background?: boolean;
  readonly onProgress?: (progress: TuneProgress) => void;
  /** Ends the tuning early; choices made until then stay in use, but are not remembered. */
  readonly signal?: AbortSignal;
}

export interface TuneEntry {
  /** Key of the convolution, as in `conv2d:in=1x56x56x64;f=3x3x128;...;tile=4x2x1`. */
  readonly key: string;
  /** Variant that is tried first from now on. */
  readonly chosen: string;
  /** Variant that the estimate puts first. */
  readonly before: string;
  /** Milliseconds of each variant, including moving the input into the tiles that it reads. */
  readonly measured: Readonly<Record<string, number>>;
}

export interface TuneReport {
  /** Renderer string; null on the CPU, where there is nothing to tune. */
  readonly renderer: string | null;
  /** Convolutions that this call measured; convolutions known before it are not included. */
  readonly entries: readonly TuneEntry[];
  /**
   * Speed-up: the time of a prediction with the estimates' choices divided by its time with the new
   * choices, from interleaved predictions. It is 1 if the new choices are not faster, in which case
   * the estimates' choices stay.
   */
  readonly gain: number;
}

export type { Tunable };

const tables = new WeakMap<TiledWebGLBackend, Choices>();
/** Promises that settle when the record from the browser's storage has been loaded. */
const recalls = new WeakMap<TiledWebGLBackend, Promise<void>>();
const busy = new WeakSet<TiledWebGLBackend>();

/**
 * Measures the variants of every convolution that a model computes, and uses the fastest from then
 * on. The choices are kept only if they make whole predictions faster. In a page they are
 * remembered for this renderer and package version; remembered convolutions are not measured again
 * (clearTuning() forgets them).
 *
 * Runs the model about ten times. A model as a function is responsible for its own intermediate
 * tensors; tensors that it returns are disposed of.
 *
 * @param model has `predict`, `execute` or `executeAsync`, or is a function of the inputs
 * @param inputs are passed to the model as they are, and are not disposed of
 * @throws Error if the backend is not a tiled one, or an argument is wrong; the signal's reason
 *   after an abort; ContextLostError if the WebGL context was lost, after which earlier
 *   measurements stay in use, but are not remembered; any error that the model throws
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
    if (measured.length > 0) await keep(backend);
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
 * Returns the choices in use as JSON, for loadTuning() on the same renderer and package version, with
 * the charges of the device by which estimates go, if they were measured.
 * @throws Error if the backend is not a tiled one on the WebGL engine
 */
export function exportTuning(backendName?: string): string {
  const { name, backend, elsewhere } = webglEngineOf<typeof exportTuning>(
    'exportTuning',
    backendName,
  );
  if (elsewhere) return elsewhere(name);
  return recordOf(backend);
}

/**
 * Uses the choices of a record from now on. They are added to the choices in use, and replace those
 * for the same convolutions.
 * @param json text from exportTuning()
 * @throws Error that names what is wrong, if the record is malformed, is for another renderer or
 *   package version, or names variants that do not exist; then nothing has changed
 */
export function loadTuning(json: string, backendName?: string): void {
  const { name, backend, elsewhere } = webglEngineOf<typeof loadTuning>('loadTuning', backendName);
  if (elsewhere) return void elsewhere(json, name);
  refuseWhileBusy('loadTuning', name, backend);
  let loaded: TuningRecord;
  try {
    loaded = readRecord(json, placeOf(backend), variants);
  } catch (error) {
    throw new Error(`loadTuning: ${(error as Error).message}`);
  }
  if (loaded.measured !== null) backend.calibrate(loaded.measured);
  setChoices(backend, new Map([...(tables.get(backend) ?? []), ...loaded.choices]));
}

/**
 * Forgets all choices for this renderer, and what was measured of the device, including what is
 * remembered: estimates decide again, by the charges of the device's family.
 * @throws Error if the backend is not a tiled one on the WebGL engine, or tune() is running
 */
export async function clearTuning(backendName?: string): Promise<void> {
  const { name, backend, elsewhere } = webglEngineOf<typeof clearTuning>(
    'clearTuning',
    backendName,
  );
  if (elsewhere) return elsewhere(name);
  refuseWhileBusy('clearTuning', name, backend);
  await recalls.get(backend);
  backend.calibrate(null);
  setChoices(backend, new Map());
  await remember(placeOf(backend), null);
}

/**
 * Starts to load what an earlier visit remembered; estimates decide until it arrives, by the charges of
 * the device's family. A device that was not measured yet is measured for the next visit.
 */
export function recallTuning(backend: TiledWebGLBackend): TiledWebGLBackend {
  const arrived = async () => {
    const place = placeOf(backend);
    const text = await recall(place);
    if (text === null) return;
    try {
      const { choices, measured } = readRecord(text, place, variants);
      if (measured !== null) backend.calibrate(measured);
      setChoices(backend, new Map([...choices, ...(tables.get(backend) ?? [])]));
    } catch (error) {
      console.warn(`tiled: the remembered tuning is ignored: ${(error as Error).message}`);
    }
  };
  recalls.set(backend, arrived());
  calibrateLater(
    backend,
    () => busy.has(backend),
    async (measured) => {
      await recalls.get(backend);
      await keep(backend, measured);
    },
  );
  return backend;
}

/** Remembers the choices in use, and what was measured of the device. */
async function keep(
  backend: TiledWebGLBackend,
  measured: Measured | null = backend.measured,
): Promise<void> {
  await remember(placeOf(backend), recordOf(backend, measured));
}

function recordOf(backend: TiledWebGLBackend, measured = backend.measured): string {
  return writeRecord(placeOf(backend), { choices: tables.get(backend) ?? new Map(), measured });
}

function placeOf(backend: TiledWebGLBackend): Place {
  return { version, renderer: backend.device.capabilities.renderer };
}

/** Sets the choices in use. With `growing`, the runner looks them up even while there are none. */
function setChoices(backend: TiledWebGLBackend, choices: Choices, growing = false): void {
  tables.set(backend, choices);
  backend.captures.dropAll('other variants are chosen');
  backend.runner.tuning = choices.size > 0 || growing ? tuningFrom(choices) : null;
}

function refuseWhileBusy(caller: string, name: string, backend: TiledWebGLBackend): void {
  if (busy.has(backend)) throw new Error(`${caller}: tune() is still running on '${name}'`);
}

/**
 * Returns a check that throws if the context has been lost or replaced since this call, because
 * times measured before are worthless then.
 */
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
      backend.recovery.useContext(() => executePlan(backend.runner, shape, plan, operands)),
    finish() {
      backend.device.waitForGPU();
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

/** Returns the milliseconds of one prediction under a tuning, averaged over several. */
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
  backend.device.waitForGPU();
  checkContext();
  return (performance.now() - start) / runs;
}
