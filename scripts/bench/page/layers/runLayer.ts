/** One layer on all sides, with interleaved samples. */

import { agrees, difference, median, tolerance } from '../../../report/statistics.js';
import { type Layer, multiplyAdds } from '../../layers.js';
import { judgeChoice } from '../../report/summary.js';
import type { BenchRow, VariantRow } from '../../results.js';
import type { Barrier } from './barrier.js';
import { type LayerData, randomData } from './layerRun.js';
import { type Contestant, prepareSide, type Side, tuneLayer } from './side.js';
import { prepareVariants, type VariantSides } from './variantSide.js';

export interface Contest {
  /** The backend under test, and in `vs` the backends to compare it with. */
  backend: string;
  vs: readonly string[];
  /** 'all', a variant's name, or '' for none. */
  variant: string;
  /** True if tune() measures the variants of a layer before the layer is timed. */
  tuned: boolean;
  rounds: number;
  barriers: ReadonlyMap<string, Barrier>;
}

export interface LayerResult {
  rows: BenchRow[];
  variants: VariantRow | null;
}

/** A variant slower than the best by this factor is dropped after a round. */
const hopeless = 3;

/** A contestant, its samples, and the error that removed it. */
interface Lane<T extends Contestant> {
  side: T | null;
  samples: number[];
  error: string | null;
}

const untimed = {
  ms: null,
  vsMs: null,
  ratio: null,
  spread: null,
  gflops: null,
  vsGflops: null,
  share: null,
  firstMs: null,
  vsFirstMs: null,
  variant: null,
  texels: null,
  maxAbs: null,
  maxRel: null,
};

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function prepareLane(contest: Contest, name: string, layer: Layer, data: LayerData) {
  const lane: Lane<Side> = { side: null, samples: [], error: null };
  try {
    lane.side = await prepareSide(name, contest.barriers.get(name) as Barrier, layer, data);
  } catch (error) {
    lane.error = `${name}: ${messageOf(error)}`;
  }
  return lane;
}

async function sample(name: string, lane: Lane<Contestant>): Promise<void> {
  if (lane.side === null || lane.error !== null) return;
  try {
    lane.samples.push(await lane.side.sample());
  } catch (error) {
    lane.error = `${name}: ${messageOf(error)}`;
  }
}

/**
 * Returns one row per reference, without the share of the ceiling. If a backend throws, its rows
 * have a message and no figures.
 */
export async function runLayer(contest: Contest, layer: Layer): Promise<LayerResult> {
  const { backend, vs, rounds, barriers, variant, tuned } = contest;
  const data = randomData(layer);
  if (tuned) await tuneLayer(backend, layer, data);
  const lanes: Lane<Side>[] = [];
  let variants: VariantSides | null = null;
  try {
    for (const name of [backend, ...vs]) {
      lanes.push(await prepareLane(contest, name, layer, data));
    }
    if (variant !== '' && lanes[0].side !== null) {
      const barrier = barriers.get(backend) as Barrier;
      variants = await prepareVariants(backend, barrier, layer, data, variant);
    }
    const forced = (variants?.sides ?? []).map((side) => ({ side, samples: [], error: null }));
    let racing: Lane<VariantSides['sides'][number]>[] = forced;
    for (let round = 0; round < rounds; round++) {
      for (const [i, lane] of lanes.entries()) await sample([backend, ...vs][i], lane);
      for (const lane of racing) await sample(backend, lane);
      const best = Math.min(...racing.flatMap(({ samples }) => samples));
      racing = racing.filter(({ samples }) => samples.length > 0 && samples[0] < hopeless * best);
    }
    return {
      rows: vs.map((name, i) => makeRow(contest, layer, name, lanes[0], lanes[i + 1])),
      variants: variants && makeVariantRow(layer, variants, forced, lanes),
    };
  } finally {
    await variants?.dispose();
    for (const { side } of lanes) await side?.dispose();
  }
}

function makeRow(
  { backend }: Contest,
  layer: Layer,
  vs: string,
  ours: Lane<Side>,
  theirs: Lane<Side>,
): BenchRow {
  const error = ours.error ?? theirs.error;
  const both = { id: layer.id, backend, vs };
  if (ours.side === null || theirs.side === null || error !== null) {
    return { ...both, ...untimed, ok: false, error: error ?? 'no sample' };
  }
  const ratios = ours.samples.map((time, round) => theirs.samples[round] / time);
  const ms = median(ours.samples);
  const vsMs = median(theirs.samples);
  const gflopsIn = (time: number) => (2 * multiplyAdds(layer)) / time / 1e6;
  const distance = difference(ours.side.output, theirs.side.output);
  const ok = agrees(distance, tolerance);
  return {
    ...both,
    ms,
    vsMs,
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    gflops: gflopsIn(ms),
    vsGflops: gflopsIn(vsMs),
    share: null,
    firstMs: ours.side.firstMs,
    vsFirstMs: theirs.side.firstMs,
    variant: ours.side.variant,
    texels: ours.side.texels,
    ...distance,
    ok,
    ...(ok ? {} : { error: `differs from ${vs} by more than ${tolerance} relative` }),
  };
}

/** Compares the variants' outputs with the first reference that has an output. */
function makeVariantRow(
  { id, kernel }: Layer,
  { chosen, errors }: VariantSides,
  forced: readonly Lane<VariantSides['sides'][number]>[],
  [, ...references]: readonly Lane<Side>[],
): VariantRow {
  const reference = references.find(({ side }) => side !== null)?.side;
  const ms: Record<string, number> = {};
  const faults = { ...errors };
  for (const { side, samples, error } of forced) {
    if (side === null) continue;
    const wrong =
      reference != null && !agrees(difference(side.output, reference.output), tolerance);
    if (error !== null) faults[side.name] = error;
    else if (wrong) faults[side.name] = `differs from ${reference.backend}`;
    else ms[side.name] = median(samples);
  }
  return { id, kernel, chosen, ...judgeChoice(chosen, ms), ms, errors: faults };
}
