/** Made-up results of the benchmark. */

import { layers } from '../../../../scripts/bench/layers.js';
import {
  choiceSummary,
  classSummaries,
  ratioSummary,
} from '../../../../scripts/bench/report/summary.js';
import type { BenchResult, BenchRow, VariantRow } from '../../../../scripts/bench/results.js';

/** Makes a row of a layer that takes 2 ms, and `ratio` times as long on the other side. */
export function benchRow(id: string, vs: string, ratio: number, more: Partial<BenchRow> = {}) {
  const row: BenchRow = {
    id,
    backend: 'tiled-webgl',
    vs,
    ms: 2,
    vsMs: 2 * ratio,
    ratio,
    spread: [0.9 * ratio, 1.1 * ratio],
    gflops: 10,
    vsGflops: 10 / ratio,
    share: 0.5,
    firstMs: 20,
    vsFirstMs: 40,
    variant: 'direct-4x2x1',
    texels: 1e6,
    maxAbs: 1e-6,
    maxRel: 1e-6,
    ok: true,
    ...more,
  };
  return row;
}

/** Makes a row of a reference backend that threw. */
export function failedRow(id: string, vs: string, error: string): BenchRow {
  const none = { ms: null, vsMs: null, ratio: null, spread: null, gflops: null, vsGflops: null };
  const more = { share: null, maxAbs: null, maxRel: null, variant: null, texels: null };
  return benchRow(id, vs, 1, { ...none, ...more, ok: false, error });
}

export function benchResult(
  rows: BenchRow[],
  variantRows?: VariantRow[],
  more: Partial<BenchResult> = {},
): BenchResult {
  const names = [...new Set(rows.map(({ vs }) => vs))];
  const against = <T>(sum: (rows: BenchRow[]) => T) =>
    Object.fromEntries(names.map((name) => [name, sum(rows.filter(({ vs }) => vs === name))]));
  return {
    suite: 'layers',
    backend: 'tiled-webgl',
    device: {
      renderer: 'a renderer <of> somebody',
      userAgent: 'a browser',
      maddGflops: 20,
      fetchGtexels: 0.8,
    },
    versions: {},
    rounds: 3,
    barrierMs: { 'tiled-webgl': 0.5, ...Object.fromEntries(names.map((name) => [name, 0.5])) },
    programs: { 'tiled-webgl': 7, ...Object.fromEntries(names.map((name) => [name, 9])) },
    rows,
    absent: [],
    vs: against(ratioSummary),
    classes: against((ofOne) => classSummaries(ofOne, layers)),
    host: [{ backend: 'tiled-webgl', microseconds: 12.34 }],
    ...(variantRows && {
      variants: { rows: variantRows, choice: choiceSummary(variantRows) },
    }),
    ...more,
  };
}
