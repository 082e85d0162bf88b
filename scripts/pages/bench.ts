/**
 * Times a backend against others on a suite of layers, interleaved. Options: `suite`, `backend`,
 * `vs` (names, comma between), `only` (a regular expression on ids), `rounds`.
 */
import { version_webgl } from '@tensorflow/tfjs-backend-webgl';
import { memory, version_core } from '@tensorflow/tfjs-core';
import { version } from '../../package.json';
import type { BenchResult, BenchRow, PageError } from '../reporting/results.js';
import { geometricMean } from '../reporting/statistics.js';
import { ratio } from '../reporting/table.js';
import { layers } from '../suites/layers.js';
import { measureMaddGflops } from './bench/ceiling.js';
import { type Contest, runLayer } from './bench/runLayer.js';
import { type Barrier, makeBarrier } from './bench/side.js';
import { makeView } from './bench/view.js';
import { linkedPrograms, useBackend } from './lib/backends.js';
import { describeDevice } from './lib/device.js';
import { postProgress, postResult } from './lib/post.js';

const options = new URLSearchParams(location.search);
const suite = options.get('suite') ?? 'layers';
const backend = options.get('backend') ?? 'tiled-webgl';
const vs = (options.get('vs') ?? 'webgl').split(',');
const only = new RegExp(options.get('only') ?? '');
const rounds = Number(options.get('rounds') ?? 7);

/** Starts the backends; the cost of each one's barrier is the least of a few. */
async function startBackends() {
  const barriers = new Map<string, Barrier>();
  const barrierMs: Record<string, number> = {};
  const onGpu = new Set<string>();
  for (const name of [backend, ...vs]) {
    await useBackend(name);
    const barrier = makeBarrier();
    const costs = Array.from({ length: 5 }, () => {
      const start = performance.now();
      barrier();
      return performance.now() - start;
    });
    barriers.set(name, barrier);
    barrierMs[name] = Math.min(...costs);
    if ('numBytesInGPU' in memory()) onGpu.add(name);
  }
  return { barriers, barrierMs, onGpu };
}

function summarise(rows: BenchRow[]): BenchResult['vs'] {
  const summary = (name: string) => {
    const good = rows.filter((row) => row.vs === name && row.ok);
    if (good.length === 0) return { geomean: null, worst: null, worstId: null };
    const ratios = good.map((row) => row.ratio as number);
    const worst = Math.min(...ratios);
    return { geomean: geometricMean(ratios), worst, worstId: good[ratios.indexOf(worst)].id };
  };
  return Object.fromEntries(vs.map((name) => [name, summary(name)]));
}

async function run(): Promise<BenchResult> {
  const view = makeView(`Benchmark ${suite}: ${backend}`);
  const say = (line: string) => {
    view.say(line);
    return postProgress(line);
  };
  const device = describeDevice();
  await say(`measuring the ceiling of ${device.renderer}`);
  const maddGflops = measureMaddGflops();
  const { barriers, barrierMs, onGpu } = await startBackends();
  const ceiling = onGpu.has(backend) ? maddGflops : null;
  const contest: Contest = { backend, vs, rounds, barriers, maddGflops: ceiling };
  const chosen = layers.filter(({ id }) => only.test(id));
  const rows: BenchRow[] = [];
  for (const [i, layer] of chosen.entries()) {
    const ofLayer = await runLayer(contest, layer);
    rows.push(...ofLayer);
    ofLayer.forEach(view.add);
    const [{ ratio: first, error }] = ofLayer;
    await say(`${i + 1}/${chosen.length} ${layer.id}: ${error ?? `${ratio(first)} ${vs[0]}`}`);
  }
  const result: BenchResult = {
    suite,
    backend,
    device: { ...device, maddGflops },
    versions: {
      'tfjs-backend-tiled': version,
      'tfjs-backend-webgl': version_webgl,
      'tfjs-core': version_core,
    },
    rounds,
    barrierMs,
    programs: Object.fromEntries([backend, ...vs].map((name) => [name, linkedPrograms(name)])),
    rows,
    vs: summarise(rows),
  };
  view.finish(result);
  return result;
}

run().then(postResult, (error: Error) => {
  console.error(error);
  document.body.append(String(error));
  return postResult({ error: error.stack ?? String(error) } satisfies PageError);
});
