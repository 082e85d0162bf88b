/**
 * Calibration: measuring, in idle moments after the first prediction, what the GPU charges, so that the
 * estimates of later visits go by it. Nothing changes for the visit that measures.
 */
import { env } from '@tensorflow/tfjs-core';
import { calibrated, type Measured } from '../kernels/webgl/calibrated.js';
import { CALIBRATE } from './engine/flags.js';
import { calibrate, type Probe, type ProbeBench, Unmeasurable } from './tune/calibrate.js';
import { Probes } from './webgl/context/probes.js';
import { OutOfMemory } from './webgl/device/memory.js';
import { Refusal } from './webgl/device/planeSets.js';
import { gpuTime } from './webgl/device/timerQuery.js';
import type { TiledWebGLBackend } from './webgl/TiledWebGLBackend.js';

/** Milliseconds after the first read before which a page has other things to do. */
const REST_MS = 2000;
/** Milliseconds that must be left of an idle moment. */
const IDLE_MS = 6;
/** Milliseconds between two looks for an idle moment, where the browser does not tell. */
const LOOK_MS = 100;

/** Error that ends a measurement: the context was lost, the flag was set, or tune() began. */
class Stopped extends Error {
  override name = 'Stopped';
}

/**
 * Measures the device some time after its first read, and gives the result to `keep`. Software renderers
 * are not measured, and nothing is reported if a device cannot be.
 * @param isTuning true while tune() measures
 */
export function calibrateLater(
  backend: TiledWebGLBackend,
  isTuning: () => boolean,
  keep: (measured: Measured) => Promise<void>,
): void {
  const { profile } = backend.device.capabilities;
  if (profile.software) return;
  backend.onFirstRead(() => {
    setTimeout(() => {
      const { device } = backend;
      const mayGoOn = () =>
        env().getBool(CALIBRATE) &&
        backend.device === device &&
        !device.isLost &&
        !device.isCalibrated &&
        !isTuning();
      if (!mayGoOn()) return;
      measure(backend, mayGoOn)
        .then((measured) => calibrated(profile, measured) && keep(measured))
        .catch((error) => {
          const known = [Stopped, Unmeasurable, OutOfMemory, Refusal];
          if (!known.some((kind) => error instanceof kind) && !device.isLost) {
            console.warn(`tiled: the device was not measured: ${error}`);
          }
        });
    }, REST_MS);
  });
}

/**
 * Measures the device of a backend.
 * @param mayGoOn false if there is no point in continuing, which rejects the promise
 */
export async function measure(
  backend: TiledWebGLBackend,
  mayGoOn: () => boolean,
): Promise<Measured> {
  const { device, session } = backend;
  const pause = async () => {
    do {
      await idleMoment();
      if (!mayGoOn()) throw new Stopped('the device is not measured any more');
    } while (backend.isBusy);
  };
  await pause();
  const inContext = <T>(body: () => T) => backend.recovery.useContext(body);
  const probes = inContext(() => new Probes(device, session.drawing));
  try {
    return await calibrate(benchOf(backend, probes, pause));
  } finally {
    if (!device.isLost) probes.release();
  }
}

function benchOf(
  backend: TiledWebGLBackend,
  probes: Probes,
  pause: () => Promise<void>,
): ProbeBench {
  const { device } = backend;
  const byThisClock = (draws: () => void) => {
    device.waitForGPU();
    const start = performance.now();
    draws();
    device.waitForGPU();
    return performance.now() - start;
  };
  return {
    pause,
    amount: (probe: Probe) => (probe === 'draw' ? probes.idleDraws : probes.amount(probe)),
    draw: (probe, turns) =>
      backend.recovery.useContext(() =>
        probe === 'draw' ? probes.drawIdle(turns) : probes.drawWork(probe, turns),
      ),
    // The host's part of a draw is what the GPU's clock does not see.
    time: async (probe, draws) =>
      (probe === 'draw' ? null : await gpuTime(device.gl, draws, pause)) ?? byThisClock(draws),
  };
}

/** Waits for a moment in which the page has nothing else to do. */
function idleMoment(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === 'undefined') {
      setTimeout(resolve, LOOK_MS);
      return;
    }
    const look = (deadline: IdleDeadline) => {
      if (deadline.timeRemaining() >= IDLE_MS) resolve();
      else requestIdleCallback(look);
    };
    requestIdleCallback(look);
  });
}
