/** The benchmark's result as text for a terminal. */

import { ms, percent, ratio, small, textTable } from '../../report/table.js';
import type { BenchResult, BenchRow, RatioSummary, VariantRow } from '../results.js';

const head = [
  'layer',
  'vs',
  'variant',
  'ms',
  'vs ms',
  'ratio',
  'from',
  'to',
  'GFLOP/s',
  'share',
  'max rel',
];

function cells(row: BenchRow): string[] {
  const [from, to] = row.spread ?? [null, null];
  return [
    row.id,
    row.vs,
    row.variant ?? '-',
    ms(row.ms),
    ms(row.vsMs),
    ratio(row.ratio),
    ratio(from),
    ratio(to),
    row.gflops?.toFixed(1) ?? '-',
    percent(row.share),
    row.ms === null ? '-' : small(row.maxRel),
  ];
}

/**
 * Returns the columns of a variant table: every variant with a figure, in order of first
 * appearance.
 */
export function variantColumns(rows: readonly VariantRow[]): string[] {
  return [...new Set(rows.flatMap(({ ms: times }) => Object.keys(times)))];
}

/**
 * Returns one table per kernel: layer x variant in ms, `*` at the chosen one, the best, chosen /
 * best.
 */
export function variantTables(rows: readonly VariantRow[]): string[] {
  const kernels = [...new Set(rows.map(({ kernel }) => kernel))];
  return kernels.map((kernel) => {
    const ofKernel = rows.filter((row) => row.kernel === kernel);
    const names = variantColumns(ofKernel);
    const line = ({ id, ms: times, chosen, best, chosenToBest }: VariantRow) => [
      id,
      ...names.map((name) => `${ms(times[name] ?? null)}${name === chosen ? '*' : ' '}`),
      best ?? '-',
      chosenToBest?.toFixed(2) ?? '-',
    ];
    return textTable(['layer', ...names, 'best', 'chosen/best'], ofKernel.map(line), 1);
  });
}

function variantLines({ rows, choice }: NonNullable<BenchResult['variants']>): string[] {
  const { count, within10, within25, geomean } = choice;
  const sum =
    `Chosen (*) within 10% of the best on ${percent(within10)} of ${count} layers, ` +
    `within 25% on ${percent(within25)}; geometric mean of chosen/best ${geomean?.toFixed(3)}`;
  return [
    ...variantTables(rows).flatMap((table) => ['', table]),
    '',
    "Input lies in each variant's own tiles; chosen is for input that lies in no tile yet.",
    count === 0 ? 'The chosen variant has no time on any layer.' : sum,
  ];
}

function summaryLine({ count, geomean, worst, worstId }: RatioSummary): string {
  if (worstId === null) return 'no row that agrees';
  return `geometric mean ${ratio(geomean)}, worst ${ratio(worst)} (${worstId}); layers: ${count}`;
}

/** Returns one line for each failure. */
export function failures({ rows, variants }: BenchResult): string[] {
  return [
    ...rows.filter(({ ok }) => !ok).map(({ id, error }) => `${id}: ${error}`),
    ...(variants?.rows ?? []).flatMap(({ id, errors }) =>
      Object.entries(errors).map(([name, error]) => `${id}, variant ${name}: ${error}`),
    ),
  ];
}

export function benchText(result: BenchResult): string {
  const { device, backend, barrierMs, programs, rows, vs, classes, host, absent } = result;
  const lines = [textTable(head, rows.map(cells), 3)];
  if (result.variants) lines.push(...variantLines(result.variants));
  lines.push(
    '',
    `${device.renderer}: ${device.maddGflops.toFixed(1)} GFLOP/s of multiply-adds, ` +
      `${device.fetchGtexels.toFixed(2)} Gtexel/s of RGBA32F fetches`,
  );
  for (const [name, cost] of Object.entries(barrierMs)) {
    // Forced variants have compiled programs that a net would not.
    const linked = result.variants ? '' : `${programs[name]} programs; `;
    lines.push(`${name}: ${linked}the barrier of a sample costs ${ms(cost)} ms`);
  }
  const costs = host.map(({ backend: name, microseconds }) => `${name} ${microseconds.toFixed(1)}`);
  lines.push(`microseconds a kernel call costs its thread: ${costs.join(', ')}`);
  for (const [name, summary] of Object.entries(vs)) {
    lines.push(`${backend} against ${name}: ${summaryLine(summary)}`);
    for (const [className, ofClass] of Object.entries(classes[name])) {
      lines.push(`  ${className}: ${summaryLine(ofClass)}`);
    }
  }
  for (const { backend: name, reason } of absent) lines.push(`WITHOUT ${name}: ${reason}`);
  lines.push(...failures(result).map((line) => `FAILED ${line}`));
  return lines.join('\n');
}
