/** Comparison of backends on a user's model. */
import { findBackend, memory, type Tensor } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import { tiledInfo } from '../../../src/index.js';
import { type Contestant, gpuBytes, openContestant } from '../../bench/page/models/contestant.js';
import { type NetInput, tensorOf } from '../../bench/page/models/input.js';
import { capturedBackend } from '../../bench/sides.js';
import { endBackend, useBackend } from '../../lib/inPage/backends.js';
import { rendererName } from '../../lib/inPage/device.js';
import { captureModel } from '../../models/captureModel.js';
import type { LoadedModel } from '../../models/model.js';
import { median, worstDifference } from '../../report/statistics.js';
import { loadBackend } from '../../validator/page/backends.js';
import type { InputFacts, OwnModelResult, SideFailure, SideRow } from '../results.js';
import { sideNames } from '../settings.js';
import { accountOf } from './account.js';
import type { OwnModel } from './model.js';

/** Milliseconds of a side's rounds after which it makes no more. */
const ENOUGH_MS = 20_000;

/** Milliseconds of a prediction from which on none is made that is not needed. */
const SLOW_MS = 5_000;

/** Milliseconds in which a browser shows a line before work blocks the page. */
const PAINT_MS = 30;

export interface Request {
  readonly model: OwnModel;
  /** Inputs in the model's order, with their names and sources beside them. */
  readonly inputs: readonly NetInput[];
  readonly facts: readonly InputFacts[];
  readonly sides: readonly string[];
  readonly rounds: number;
  readonly kernels: boolean;
}

export interface Watch {
  /** Shows what is done now, and the finished part of the work, from 0 to 1. */
  say(line: string, done: number): void;
  /** True once the user wants no more rounds. */
  isStopped(): boolean;
}

/** A side that takes part, with what is known of it so far. */
type Run = { contestant: Contestant; outputs: Float32Array[] } & {
  -readonly [K in 'side' | 'firstMs' | 'times' | 'bytes' | 'bytesOf' | 'account']: SideRow[K];
};

const backendOf = (side: string) => capturedBackend(side) ?? side;

/**
 * Predicts on each side, then in rounds over all sides. A side that throws is reported, and left out
 * from then on.
 * @throws Error of the first side if all fail
 */
export async function compare(request: Request, watch: Watch): Promise<OwnModelResult> {
  const { sides, rounds, kernels } = request;
  const failures: SideFailure[] = [];
  let runs: Run[] = [];
  const steps = sides.length * (kernels ? 2 : 1) + rounds;
  let done = 0;
  const say = async (line: string) => {
    watch.say(line, done / steps);
    await new Promise((resolve) => setTimeout(resolve, PAINT_MS));
  };

  async function attempt(side: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      runs = runs.filter((run) => run.side !== side);
      failures.push({ side, reason: (error as Error).message.split('\n')[0] });
    }
  }

  try {
    // The reference comes first, and a captured side after the eager one on its backend.
    for (const side of sideNames.filter((name) => sides.includes(name))) {
      if (!watch.isStopped()) {
        await say(`${side}: first prediction`);
        await attempt(side, async () => {
          runs.push(await begin(side, request));
        });
      }
      done++;
    }
    if (runs.length === 0) throw new Error(failures.map(reasonText).join(' '));
    for (let round = 1; round <= rounds; round++) {
      for (const run of [...runs]) {
        if (isEnough(run) || (watch.isStopped() && run.times.length > 0)) continue;
        await say(`${run.side}: round ${round} of ${rounds}`);
        await attempt(run.side, async () => {
          run.times = [...run.times, (await run.contestant.predict()).ms];
        });
      }
      done++;
    }
    for (const run of kernels ? [...runs] : []) {
      if (hasAccount(run) && !watch.isStopped()) {
        await say(`${run.side}: its kernels by time`);
        await attempt(run.side, async () => {
          run.account = await accountOf(backendOf(run.side), () => run.contestant.predict());
        });
      }
      done++;
    }
    await say('the choice of tiled');
    return await resultOf(request, runs, failures);
  } finally {
    for (const { contestant } of runs) await contestant.dispose();
    // A later run begins as this one did: with no program compiled, and no memory in use.
    for (const name of new Set([...sides.map(backendOf), 'tiled'])) endBackend(name);
  }
}

const reasonText = ({ side, reason }: SideFailure) => `${side}: ${reason}`;

const isEnough = ({ times }: Run) => times.reduce((sum, ms) => sum + ms, 0) > ENOUGH_MS;

/** A recording runs no kernels of tfjs, and WebGPU computes after its calls have returned. */
const hasAccount = ({ side, times }: Run) =>
  capturedBackend(side) === null && side !== 'webgpu' && median(times) < SLOW_MS;

async function begin(side: string, { model, inputs }: Request): Promise<Run> {
  const backend = backendOf(side);
  await loadBackend(backend);
  await useBackend(backend);
  const before = memoryOf(backend);
  const isRecorded = capturedBackend(side) !== null;
  const load = async () => (isRecorded ? recorded(model.name, await model.load()) : model.load());
  const contestant = await openContestant(backend, load, () => inputs.map(tensorOf));
  try {
    const first = await contestant.predict();
    // The second one learns which results are shared, and uploads what the first has packed.
    if (first.ms < SLOW_MS) await contestant.predict();
    const { bytes, of } = memoryOf(backend);
    return {
      ...{ side, contestant, outputs: first.values, firstMs: first.ms, times: [], account: null },
      ...{ bytes: Math.max(0, bytes - before.bytes), bytesOf: of },
    };
  } catch (error) {
    await contestant.dispose();
    throw error;
  }
}

/** Returns a model that records its first prediction, and repeats it from then on. */
function recorded(net: string, model: LoadedModel<Tensor[]>): LoadedModel<Tensor[]> {
  let fast: Awaited<ReturnType<typeof captureModel<Tensor[]>>> | null = null;
  return {
    async run(xs) {
      fast ??= await captureModel(net, model, xs);
      return fast.predict(xs);
    },
    weights: model.weights,
    dispose() {
      fast?.dispose();
      model.dispose();
    },
  };
}

/** Returns the bytes that a backend, the current one, holds, by the most telling count that it has. */
function memoryOf(backend: string): { bytes: number; of: SideRow['bytesOf'] } {
  if (backend === 'tiled-cpu') return { bytes: tiledInfo(backend).heapBytes, of: 'heap' };
  if (backend.startsWith('tiled') || backend.startsWith('webg')) {
    return { bytes: gpuBytes(), of: 'textures' };
  }
  return { bytes: memory().numBytes, of: 'tensors' };
}

/** Returns the largest difference of a side's outputs to those of stock cpu; null for none that means anything. */
function differenceTo(reference: Run | undefined, { outputs }: Run): number | null {
  if (reference === undefined) return null;
  const isSameSize =
    outputs.length === reference.outputs.length &&
    outputs.every(({ length }, i) => length === reference.outputs[i].length);
  return isSameSize ? worstDifference(outputs, reference.outputs) : null;
}

async function tiledChoice(): Promise<OwnModelResult['tiled']> {
  try {
    await useBackend('tiled');
    const { engine, reason, device, build, threads } = tiledInfo('tiled');
    // A build is chosen by the first kernels, which tiled-cpu may have run.
    const isKnown = engine === 'cpu' && findBackend('tiled-cpu') != null;
    const inUse = isKnown ? tiledInfo('tiled-cpu').build : build;
    return { engine, reason, device, build: inUse, threads };
  } catch {
    return null;
  }
}

async function resultOf(
  { model, facts }: Request,
  runs: readonly Run[],
  failures: readonly SideFailure[],
): Promise<OwnModelResult> {
  const reference = runs.find(({ side }) => side === 'cpu');
  const { name, format, weightBytes } = model;
  return {
    kind: 'tfjs-backend-tiled own model',
    format: 1,
    version,
    finishedAt: new Date().toISOString(),
    device: { renderer: rendererName(), userAgent: navigator.userAgent },
    model: { name, format, weightBytes },
    inputs: facts,
    outputs: runs[0].outputs.map(({ length }) => length),
    tiled: await tiledChoice(),
    hasReference: reference !== undefined,
    rows: runs.map((run) => {
      const { side, firstMs, times, bytes, bytesOf, account } = run;
      const maxRel = differenceTo(reference, run);
      return { side, firstMs, times, medianMs: median(times), bytes, bytesOf, maxRel, account };
    }),
    failures,
  };
}
