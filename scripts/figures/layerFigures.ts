/** Form of the figures of a run over layers, in docs/figures: the part of its result that is shown. */
import type { BenchResult } from '../bench/results.js';
import {
  flag,
  list,
  number,
  object,
  oneOf,
  orNull,
  pair,
  pick,
  type Read,
  record,
  text,
} from './json.js';
import { type Provenance, provenance } from './provenance.js';

export const ratioSummary = object({
  count: number,
  geomean: orNull(number),
  worst: orNull(number),
  worstId: orNull(text),
});

const rowFields = {
  id: text,
  vs: text,
  variant: orNull(text),
  ms: orNull(number),
  vsMs: orNull(number),
  ratio: orNull(number),
  spread: orNull(pair),
  gflops: orNull(number),
  share: orNull(number),
  ok: flag,
};

const variantFields = {
  id: text,
  kernel: oneOf('conv2d', 'depthwise'),
  chosen: orNull(text),
  best: orNull(text),
  chosenToBest: orNull(number),
  ms: record(number),
};

const choice = object({
  count: number,
  within10: orNull(number),
  within25: orNull(number),
  geomean: orNull(number),
});

export const layerFigures = object({
  suite: oneOf('layers'),
  from: provenance,
  backend: text,
  /** True if tune() chose the variants. */
  tuned: flag,
  /** Ceilings of the device. */
  maddGflops: orNull(number),
  fetchGtexels: orNull(number),
  /** Speed of the fastest layer. */
  topGflops: orNull(number),
  /** Summaries over the rows that agree, by reference backend, and by class as well. */
  vs: record(ratioSummary),
  classes: record(record(ratioSummary)),
  host: list(object({ backend: text, microseconds: number })),
  choice: orNull(choice),
  rows: list(object(rowFields)),
  variants: list(object(variantFields)),
});

export type LayerFigures = Read<typeof layerFigures>;

/** Takes from a result what the documents show. */
export function layerFiguresOf(
  { backend, device, vs, classes, host, rows, variants }: BenchResult,
  from: Provenance,
  tuned: boolean,
): LayerFigures {
  const speeds = rows.flatMap(({ gflops }) => gflops ?? []);
  return {
    suite: 'layers',
    from,
    backend,
    tuned,
    maddGflops: device.maddGflops,
    fetchGtexels: device.fetchGtexels,
    topGflops: speeds.length === 0 ? null : Math.max(...speeds),
    vs,
    classes,
    host,
    choice: variants?.choice ?? null,
    rows: rows.map((row) => pick(rowFields, row)),
    variants: (variants?.rows ?? []).map((row) => pick(variantFields, row)),
  };
}
