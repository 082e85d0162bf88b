/** Form of the figures of a run over whole nets, in docs/figures: the part of its result that is shown. */
import type { NetBenchResult } from '../bench/results.js';
import { list, number, object, oneOf, orNull, pick, type Read, record, text } from './json.js';
import { ratioSummary } from './layerFigures.js';
import { type Provenance, provenance } from './provenance.js';

const rowFields = {
  net: text,
  backend: text,
  firstMs: number,
  medianMs: number,
  ratio: orNull(number),
  programs: orNull(number),
  /** Conversions between the first and the last convolution, by kernel. */
  conversionsBetween: orNull(list(object({ kernel: text, count: number }))),
  peakGpuBytes: orNull(number),
  /** Null if some value is not finite, or if it is not known. */
  maxRel: orNull(number),
};

const summary = object({
  ratio: ratioSummary,
  firstToReference: orNull(number),
  gpuToReference: orNull(number),
});

export const netFigures = object({
  suite: oneOf('models', 'zoo', 'training'),
  from: provenance,
  backend: text,
  /** Backend that the others are compared with. */
  reference: text,
  /** Summaries by backend, without the reference. */
  summary: record(summary),
  rows: list(object(rowFields)),
});

export type NetFigures = Read<typeof netFigures>;

/** Takes from a result what the documents show. */
export function netFiguresOf(
  { suite, backend, reference, summary: sums, rows }: NetBenchResult,
  from: Provenance,
): NetFigures {
  return {
    suite,
    from,
    backend,
    reference,
    summary: sums,
    rows: rows.map((row) => ({
      ...pick(rowFields, row),
      conversionsBetween:
        row.conversionsBetween?.map(({ kernel, count }) => ({ kernel, count })) ?? null,
    })),
  };
}
