/**
 * Tuner of the WebGL engine: measures the variants of a net's convolutions on this device, and keeps
 * the results.
 */
import { env } from '@tensorflow/tfjs-core';
import { ContextLostError } from '../kernels/errors.js';
import type { Measured } from '../kernels/webgl/calibrated.js';
import { executePlan } from '../kernels/webgl/drawPlan.js';
import type { Tuning } from '../kernels/webgl/runner.js';
import { variants } from '../kernels/webgl/variants.js';
import { version } from '../package.json';
import { calibrateLater } from './calibration.js';
import type { Tuner } from './engines.js';
import { onBackend, running } from './runningEngine.js';
import { type Bench, makeMeter } from './tune/measure.js';
import { disposeSince, mark } from './tune/model.js';
import { type Choices, type SeenConv, tuningFrom } from './tune/order.js';
import { type Place, readRecord, type TuningRecord, writeRecord } from './tune/record.js';
import { recall, remember } from './tune/remember.js';
import type { TuneOptions, TuneReport } from './tune/report.js';
import { search } from './tune/search.js';
import { makePause } from './tune/turns.js';
import type { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

const tables = new WeakMap<TiledWebGLBackend, Choices>();
/** Promises that settle when the record from the browser's storage has been loaded. */
const recalls = new WeakMap<TiledWebGLBackend, Promise<void>>();
const busy = new WeakSet<TiledWebGLBackend>();

async function tune(
  name: string,
  backend: TiledWebGLBackend,
  predict: () => unknown,
  rounds: number,
  { background = false, onProgress, signal }: TuneOptions,
): Promise<TuneReport> {
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
    const predictUnder = async (tuning: Tuning, runs: number): Promise<number> => {
      await pause();
      return onBackend(name, () => runUnder(backend, tuning, predict, runs, checkContext));
    };
    const { choices, measured, gain } = await search(
      tables.get(backend) ?? new Map(),
      {
        async record(under) {
          const seen = new Map<string, SeenConv>();
          await predictUnder(
            tuningFrom(under, (conv) => seen.set(conv.key, conv)),
            1,
          );
          return [...seen.values()];
        },
        measure: makeMeter(makeBench(backend, pause, rounds, checkContext)),
        predict: (under, runs) => predictUnder(tuningFrom(under), runs),
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

function loadTuning(name: string, backend: TiledWebGLBackend, json: string): void {
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

async function clearTuning(name: string, backend: TiledWebGLBackend): Promise<void> {
  refuseWhileBusy('clearTuning', name, backend);
  await recalls.get(backend);
  backend.calibrate(null);
  setChoices(backend, new Map());
  await remember(placeOf(backend), null);
}

export const tuner: Tuner = {
  tune,
  exportTuning: (backend) => recordOf(backend),
  loadTuning,
  clearTuning,
};

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
