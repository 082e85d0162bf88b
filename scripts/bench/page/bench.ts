/**
 * Page that times a backend against others on a suite of layers, with interleaved samples. Options:
 * `suite`, `backend`, `vs` (comma-separated names), `variant` ('all' or a name), `only` (a regular
 * expression on ids), `rounds`, `tune` (1: tune each layer first).
 */
import { version_webgl } from '@tensorflow/tfjs-backend-webgl';
import { memory, version_core } from '@tensorflow/tfjs-core';
import { version } from '../../../package.json';
import { linkedPrograms, useBackend } from '../../lib/inPage/backends.js';
import { describeDevice } from '../../lib/inPage/device.js';
import { postPartial, postProgress, postResult } from '../../lib/inPage/post.js';
import type { PageError } from '../../report/page.js';
import { ratio } from '../../report/table.js';
import { layers } from '../layers.js';
import type { Ceilings } from '../report/roofline.js';
import { choiceSummary, classSummaries, ratioSummary } from '../report/summary.js';
import type { Absent, BenchResult, BenchRow, VariantRow } from '../results.js';
import { loadBackend } from './backends.js';
import { type Barrier, barrierCost, makeBarrier } from './layers/barrier.js';
import { measureCeilings } from './layers/ceiling.js';
import { measureHost } from './layers/host.js';
import { type Contest, runLayer } from './layers/runLayer.js';
import { makeView } from './layers/view.js';

const options = new URLSearchParams(location.search);
const suite = options.get('suite') ?? 'layers';
const backend = options.get('backend') ?? 'tiled-webgl';
const asked = (options.get('vs') ?? 'webgl').split(',');
const variant = options.get('variant') ?? '';
const only = new RegExp(options.get('only') ?? '');
const rounds = Number(options.get('rounds') ?? 7);
const tuned = options.get('tune') === '1';

/** Error that the user must read; it is reported without a stack trace. */
class NotStarted extends Error {}

/** Starts the backends. Some of the backends in `vs` may be absent, but not all. */
async function startBackends() {
  const barriers = new Map<string, Barrier>();
  const barrierMs: Record<string, number> = {};
  const absent: Absent[] = [];
  let onGpu = false;
  for (const name of [backend, ...asked]) {
    try {
      await loadBackend(name);
      await useBackend(name);
      const barrier = makeBarrier(name);
      barrierMs[name] = await barrierCost(barrier);
      barriers.set(name, barrier);
      if (name === backend) onGpu = 'numBytesInGPU' in memory();
    } catch (error) {
      const [reason] = (error as Error).message.split('\n');
      if (name === backend) throw new NotStarted(`${name}: ${reason}`);
      absent.push({ backend: name, reason });
    }
  }
  if (barriers.size === 1) {
    const reasons = absent.map(({ backend: name, reason }) => `${name}: ${reason}`);
    throw new NotStarted(`there is nothing to compare ${backend} with: ${reasons.join('; ')}`);
  }
  return { barriers, barrierMs, absent, onGpu };
}

async function run(): Promise<BenchResult> {
  const view = makeView(`Benchmark ${suite}: ${backend}`);
  const say = (line: string, done: number | null = null) => {
    view.say(line);
    return postProgress(line, done);
  };
  const device = describeDevice();
  await say(`measuring the ceilings of ${device.renderer}`);
  const before = measureCeilings();
  const { barriers, barrierMs, absent, onGpu } = await startBackends();
  for (const { backend: name, reason } of absent) await say(`without ${name}: ${reason}`);
  await say(`measuring what a kernel call costs on ${[...barriers.keys()].join(', ')}`);
  const host = await measureHost(barriers);
  const vs = asked.filter((name) => barriers.has(name));
  const contest: Contest = { backend, vs, variant, tuned, rounds, barriers };
  const chosen = layers.filter(({ id }) => only.test(id));
  const rows: BenchRow[] = [];
  const variantRows: VariantRow[] = [];
  for (const [i, layer] of chosen.entries()) {
    const { rows: ofLayer, variants } = await runLayer(contest, layer);
    rows.push(...ofLayer);
    if (variants !== null) variantRows.push(variants);
    ofLayer.forEach(view.add);
    const [{ ratio: first, error }] = ofLayer;
    postPartial({ rows, variants: variantRows });
    const line = `${i + 1}/${chosen.length} ${layer.id}: ${error ?? `${ratio(first)} ${vs[0]}`}`;
    await say(line, (i + 1) / chosen.length);
  }
  // Other load on the machine can only lower a measured ceiling, so the larger value counts.
  const after = measureCeilings();
  const ceilings: Ceilings = {
    maddGflops: Math.max(before.maddGflops, after.maddGflops),
    fetchGtexels: Math.max(before.fetchGtexels, after.fetchGtexels),
  };
  if (onGpu) {
    for (const row of rows) row.share = row.gflops && row.gflops / ceilings.maddGflops;
  }
  const against = <T>(sum: (rows: BenchRow[]) => T): Record<string, T> =>
    Object.fromEntries(vs.map((name) => [name, sum(rows.filter((row) => row.vs === name))]));
  const result: BenchResult = {
    suite,
    backend,
    device: { ...device, ...ceilings },
    versions: {
      'tfjs-backend-tiled': version,
      'tfjs-backend-webgl': version_webgl,
      'tfjs-core': version_core,
    },
    rounds,
    barrierMs,
    programs: Object.fromEntries([backend, ...vs].map((name) => [name, linkedPrograms(name)])),
    rows,
    absent,
    vs: against(ratioSummary),
    classes: against((ofOne) => classSummaries(ofOne, layers)),
    host,
    ...(variant === ''
      ? {}
      : { variants: { rows: variantRows, choice: choiceSummary(variantRows) } }),
  };
  view.finish(result);
  return result;
}

run().then(postResult, (error: Error) => {
  console.error(error);
  document.body.append(String(error));
  const text = error instanceof NotStarted ? error.message : (error.stack ?? String(error));
  return postResult({ error: text } satisfies PageError);
});
