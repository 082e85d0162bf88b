/** One layer on all sides, their samples interleaved. */

import { type BenchRow, tolerance } from '../../reporting/results.js';
import { agrees, difference, median } from '../../reporting/statistics.js';
import { type Layer, multiplyAdds } from '../../suites/layers.js';
import { type Barrier, prepareSide, randomData, type Side } from './side.js';

export interface Contest {
  /** The backend that is judged, and those it is compared with. */
  backend: string;
  vs: readonly string[];
  rounds: number;
  barriers: ReadonlyMap<string, Barrier>;
  /** null where it does not apply: on the CPU. */
  maddGflops: number | null;
}

const untimed = {
  ms: null,
  vsMs: null,
  ratio: null,
  spread: null,
  gflops: null,
  share: null,
  firstMs: null,
  vsFirstMs: null,
  maxAbs: null,
  maxRel: null,
};

/** Says which backend threw. */
async function on<T>(backend: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${backend}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A row for each reference. A backend that throws gives rows with its message and no figures. */
export async function runLayer(contest: Contest, layer: Layer): Promise<BenchRow[]> {
  const { backend, vs, rounds, barriers } = contest;
  const sides: Side[] = [];
  try {
    const data = randomData(layer);
    for (const name of [backend, ...vs]) {
      sides.push(await on(name, prepareSide(name, barriers.get(name) as Barrier, layer, data)));
    }
    const samples = sides.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, side] of sides.entries())
        samples[i].push(await on(side.backend, side.sample()));
    }
    return vs.map((_, i) =>
      makeRow(contest, layer, sides[0], sides[i + 1], [samples[0], samples[i + 1]]),
    );
  } catch (error) {
    const { message } = error as Error;
    return vs.map((name) => ({
      id: layer.id,
      backend,
      vs: name,
      ...untimed,
      ok: false,
      error: message,
    }));
  } finally {
    for (const side of sides) await side.dispose();
  }
}

function makeRow(
  { maddGflops }: Contest,
  layer: Layer,
  ours: Side,
  theirs: Side,
  [samples, theirSamples]: [number[], number[]],
): BenchRow {
  const ratios = samples.map((sample, round) => theirSamples[round] / sample);
  const ms = median(samples);
  const gflops = (2 * multiplyAdds(layer)) / ms / 1e6;
  const distance = difference(ours.output, theirs.output);
  const ok = agrees(distance, tolerance);
  return {
    id: layer.id,
    backend: ours.backend,
    vs: theirs.backend,
    ms,
    vsMs: median(theirSamples),
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    gflops,
    share: maddGflops === null ? null : gflops / maddGflops,
    firstMs: ours.firstMs,
    vsFirstMs: theirs.firstMs,
    ...distance,
    ok,
    ...(ok ? {} : { error: `differs from ${theirs.backend} by more than ${tolerance} relative` }),
  };
}
