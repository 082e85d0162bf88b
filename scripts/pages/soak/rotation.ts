/** Models in rotation, with something befalling them now and then. */
import { stream } from '../../../src/validator/index.js';
import { loadModel } from '../../models/load.js';
import { median } from '../../reporting/statistics.js';
import { useBackend } from '../lib/backends.js';
import { makeAnswers, type Resident } from './answers.js';
import { beyond, gpuLeft, heapSize, holdings } from './ledger.js';
import { limitMemory, refuseTextures } from './mishaps.js';
import type { Subject } from './residents.js';
import { isOver, newTally, progressText, type Soaked } from './tally.js';

/** ms from one mishap to the next, on average. */
const EVERY = 3000;
const PROGRESS_MS = 5000;

/** What the heap may grow by from the middle third to the last one: caches of programs and plans. */
const HEAP_GROWTH_MIB = 24;

/** The medians of the middle third and of the last one; null where there is too little to say. */
function trendOf(sizes: readonly number[]): [number, number] | null {
  const third = Math.floor(sizes.length / 3);
  if (third === 0 || sizes.some(Number.isNaN)) return null;
  return [median(sizes.slice(third, 2 * third)), median(sizes.slice(-third))];
}

/** What the engine may keep on the GPU; -1 for no limit. */
const limits = [0, 1e6, 3e7, -1];

/**
 * Predicts until the time is over, or something is wrong.
 * @param end as performance.now() gives it
 * @param say told of progress
 */
export async function soak(
  subjects: readonly Subject[],
  seed: number,
  end: number,
  say: (line: string) => Promise<void>,
): Promise<Soaked> {
  const tally = newTally();
  const next = stream(seed, 'soak');
  const { answered, survive, below } = makeAnswers(tally, next);
  await useBackend('tiled-webgl');
  const empty = holdings();
  const residents: Resident[] = [];
  for (const subject of subjects) {
    residents.push({ subject, model: await loadModel(subject.net), draws: 1 });
  }
  for (const resident of residents) await answered(resident, 'at first');
  const loaded = holdings();
  const heaps: number[] = [];

  /** What may happen, and how often it does, relatively. */
  const mishaps: readonly [share: number, happen: (resident: Resident) => Promise<unknown>][] = [
    [4, (resident) => survive(resident, residents)],
    [1, reload],
    [1, squeeze],
    [1, withoutTextures],
  ];
  const shares = mishaps.reduce((sum, [share]) => sum + share, 0);

  async function reload(resident: Resident): Promise<void> {
    resident.model.dispose();
    resident.model = await loadModel(resident.subject.net);
    tally.reloads++;
    await answered(resident, 'loaded again');
  }

  async function squeeze(resident: Resident): Promise<void> {
    const bytes = limits[below(limits.length)];
    limitMemory(bytes);
    tally.squeezes++;
    await answered(resident, `with ${bytes} bytes of GPU memory`);
  }

  async function withoutTextures(resident: Resident): Promise<void> {
    const refusal = refuseTextures(below(30), 1 + below(8));
    try {
      await answered(resident, 'while textures are refused');
    } finally {
      tally.refusedTextures += refusal.end();
    }
  }

  /** One of the mishaps, by its share. */
  async function happen(resident: Resident): Promise<void> {
    let at = next() * shares;
    for (const [share, happening] of mishaps) {
      at -= share;
      if (at < 0) return void (await happening(resident));
    }
  }

  let [told, last] = [performance.now(), performance.now()];
  for (let turn = 0; performance.now() < end && !isOver(tally); turn++) {
    const resident = residents[turn % residents.length];
    if (next() < (performance.now() - last) / EVERY) {
      last = performance.now();
      await happen(resident);
    } else {
      await answered(resident, 'in peace');
    }
    const leak = beyond(loaded, `after turn ${turn}`);
    if (leak !== null) tally.leaks.push(leak);
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    heaps.push(heapSize() ?? Number.NaN);
    await say(progressText(tally, end - told));
  }

  limitMemory(-1);
  for (const resident of residents) await answered(resident, 'at last');
  tally.heap = trendOf(heaps);
  const growth = tally.heap === null ? 0 : tally.heap[1] - tally.heap[0];
  if (growth > HEAP_GROWTH_MIB) tally.leaks.push(`the heap grew by ${growth.toFixed(1)} MiB`);
  for (const { model } of residents) model.dispose();
  const left = [beyond(empty, 'at the end'), gpuLeft()];
  tally.leaks.push(...left.filter((line) => line !== null));
  return tally;
}
