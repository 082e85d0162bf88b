/**
 * Page that measures one net, for `npm run bench -- --suite models` and the suites zoo and training, where a
 * prediction is a step. Options: `net`; `backends` (comma-separated names, the reference first); `rounds`, where 0 makes
 * only the first prediction on each backend; `warm=1`, which calls warmUp() before that prediction; `captured=1`, by
 * which tiled backends predict from recordings in the rounds; `predictions`, the number of predictions to make on every
 * backend except the reference, which only trains as long as the others.
 */
import { tiledInfo } from '../../../src/index.js';
import { describeDevice } from '../../lib/inPage/device.js';
import { postProgress } from '../../lib/inPage/post.js';
import { showResult } from '../../lib/inPage/showResult.js';
import { loadModel } from '../../models/load.js';
import { isTrained } from '../../models/net.js';
import { netOf } from '../../models/suites.js';
import {
  betweenConvolutions,
  conversionsOf,
  fallbacksBetween,
  stockKernelsOf,
} from '../../models/trace.js';
import { difference, worstDifference } from '../../report/statistics.js';
import type { NetPageResult, NetTimes } from '../report/nets.js';
import type { NetFailure } from '../results.js';
import { loadBackend } from './backends.js';
import {
  type Contestant,
  gpuBytes,
  type Held,
  mostOf,
  openContestant,
} from './models/contestant.js';
import { inputOf, type NetInput, tensorOf } from './models/input.js';
import { record } from './models/record.js';

const options = new URLSearchParams(location.search);
const net = netOf(options.get('net') ?? 'mobilenet-v2-graph');
const backends = (options.get('backends') ?? 'webgl,tiled-webgl').split(',');
const rounds = Number(options.get('rounds') ?? 7);
const predictions = Number(options.get('predictions') ?? 0);
const isWarm = options.get('warm') === '1';
const isCaptured = options.get('captured') === '1';

/** Maximum number of rounds of stock cpu in training, where a step of it takes seconds. */
const MOST_CPU_ROUNDS = 3;

const roundsOf = (backend: string) =>
  isTrained(net) && backend === 'cpu' ? Math.min(rounds, MOST_CPU_ROUNDS) : rounds;

function say(line: string, done: number | null = null): Promise<void> {
  document.body.textContent = line;
  return postProgress(line, done);
}

/** One contestant and its measurements so far. */
interface Run extends NetTimes {
  contestant: Contestant;
  first: Float32Array[];
  held: Held;
  /** Loss of each step; empty for a net that only predicts. */
  losses: number[];
}

async function predict(run: Run) {
  const prediction = await run.contestant.predict();
  run.predictions++;
  if (isTrained(net)) run.losses.push(prediction.values[0][0]);
  return prediction;
}

/** Notes whether a prediction is the first one, bit for bit; steps of training never are. */
function compareWithFirst(run: Run, values: readonly Float32Array[]): void {
  if (run.repeats !== null) run.repeats &&= isSame(values, run.first);
}

const isSame = (a: readonly Float32Array[], b: readonly Float32Array[]) =>
  a.length === b.length &&
  a.every(
    (values, i) =>
      values.length === b[i].length && values.every((value, j) => Object.is(value, b[i][j])),
  );

async function begin(backend: string, input: NetInput): Promise<Run> {
  await loadBackend(backend);
  const contestant = await openContestant(
    backend,
    () => loadModel(net),
    () => tensorOf(input),
  );
  let warmUpMs: number | null = null;
  if (isWarm && backend.startsWith('tiled')) {
    await say(`${net.name} on ${backend}: warmUp()`);
    warmUpMs = await contestant.warmUp();
  }
  await say(`${net.name} on ${backend}: first prediction`);
  const { ms, values } = await contestant.predict();
  const held = await contestant.held();
  return {
    contestant,
    first: values,
    held,
    backend,
    firstMs: ms,
    warmUpMs,
    times: [],
    programs: contestant.programs(),
    conversions: null,
    conversionsBetween: null,
    stockBetween: null,
    stock: null,
    fallbacks: null,
    peakGpuBytes: held.gpuBytes,
    maxRel: 0,
    repeats: isTrained(net) ? null : true,
    predictions: 1,
    losses: isTrained(net) ? [values[0][0]] : [],
    grown: { tensors: 0, bytes: 0, gpuBytes: 0, textures: 0 },
  };
}

/** Makes the second prediction, and a third whose kernels are recorded. */
async function settle(run: Run): Promise<void> {
  const { contestant } = run;
  await say(`${net.name} on ${run.backend}: what its kernels do`);
  const second = await predict(run);
  compareWithFirst(run, second.values);
  run.held = await contestant.held();
  const isTiled = run.backend.startsWith('tiled');
  if (isTrained(net) && isTiled) await meetEveryWay(run);
  const ladder = () => (isTiled ? tiledInfo(run.backend).ladder : []);
  const before = ladder();
  const events = await record(
    () => predict(run),
    null,
    () => {
      run.peakGpuBytes = Math.max(run.peakGpuBytes, gpuBytes());
    },
  );
  if (!isTiled && run.backend !== 'webgl') return;
  const between = betweenConvolutions(events);
  run.stockBetween = stockKernelsOf(between);
  run.stock = stockKernelsOf(events);
  if (!isTiled) return;
  run.fallbacks = fallbacksBetween(before, ladder());
  if (tiledInfo(run.backend).engine === 'cpu') return;
  run.conversions = conversionsOf(events);
  run.conversionsBetween = conversionsOf(between);
}

/** Predictions from a recording before the first that is timed: threads find out what they share. */
const REPLAYS = 12;

/** Lets a tiled backend predict from recordings from now on. */
async function capture(run: Run): Promise<void> {
  if (!run.backend.startsWith('tiled')) return;
  await run.contestant.capture(net.name);
  for (let i = 0; i < REPLAYS; i++) compareWithFirst(run, (await predict(run)).values);
  run.held = await run.contestant.held();
}

/** Number of steps in which training meets each way to share the textures that are kept. */
const SETTLING = 40;

/** Makes steps, and notes the most that is held after any of them. */
async function meetEveryWay(run: Run): Promise<void> {
  for (let step = 0; step < SETTLING; step++) {
    await predict(run);
    run.held = mostOf(run.held, await run.contestant.held());
  }
}

/**
 * Predicts until the requested number is reached. Compares predictions 100 and last with the first.
 */
async function repeat(run: Run): Promise<void> {
  while (run.predictions < predictions) {
    const { values } = await predict(run);
    const isLast = run.predictions === predictions;
    if (isLast || run.predictions === 100) compareWithFirst(run, values);
    if (isLast || run.predictions % 50 === 0) {
      await say(`${net.name} on ${run.backend}: prediction ${run.predictions} of ${predictions}`);
    }
  }
}

async function finish(run: Run): Promise<void> {
  const { tensors, bytes, gpuBytes: gpu, textures } = await run.contestant.held();
  run.grown = {
    tensors: tensors - run.held.tensors,
    bytes: bytes - run.held.bytes,
    gpuBytes: gpu - run.held.gpuBytes,
    textures: textures - run.held.textures,
  };
  run.peakGpuBytes = Math.max(run.peakGpuBytes, gpu);
}

async function measure(): Promise<NetPageResult> {
  const input = await inputOf(net);
  const failures: NetFailure[] = [];
  let runs: Run[] = [];

  /**
   * Runs `step` for each backend. A backend that throws is dropped, except the reference: its error
   * ends the run, because every result is compared with it.
   */
  async function forEach(step: (run: Run) => Promise<void>): Promise<void> {
    for (const run of runs) await attempt(run.backend, () => step(run));
  }
  async function attempt(backend: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (backend === backends[0]) throw error;
      runs = runs.filter((run) => run.backend !== backend);
      failures.push({ net: net.name, backend, reason: (error as Error).message.split('\n')[0] });
    }
  }

  for (const backend of backends) {
    await attempt(backend, async () => {
      runs.push(await begin(backend, input));
    });
  }
  if (rounds > 0) await forEach(settle);
  if (isCaptured) await forEach(capture);
  for (let round = 1; round <= rounds; round++) {
    await say(`${net.name}: round ${round} of ${rounds}`, round / (rounds + 1));
    await forEach(async (run) => {
      if (round > roundsOf(run.backend)) return;
      const { ms, values } = await predict(run);
      run.times.push(ms);
      if (round === rounds) compareWithFirst(run, values);
    });
  }
  // Losses are compared after as many steps.
  await forEach(async (run) => {
    if (run.backend !== backends[0] || isTrained(net)) await repeat(run);
  });
  await forEach(finish);
  const [reference] = runs;
  const steps = Math.min(...runs.map(({ losses }) => losses.length));
  const lossOf = ({ losses }: Run) => losses[steps - 1];
  const rows = runs.map((run) => {
    const { contestant, first, held, losses, ...row } = run;
    if (!isTrained(net)) return { ...row, maxRel: worstDifference(first, reference.first) };
    const { maxRel } = difference([lossOf(run)], [lossOf(reference)]);
    return { ...row, maxRel, loss: { steps, value: lossOf(run) } };
  });
  for (const { contestant } of runs) await contestant.dispose();
  return { device: describeDevice(), rows, failures };
}

showResult(measure);
