/** The benchmark's result as text for a terminal. */

import { type Column, ms, percent, ratio, small, tableOf, textTable } from '../../report/table.js';
import type { BenchResult, BenchRow, ChoiceSummary, RatioSummary, VariantRow } from '../results.js';
import { layerColumns, variantGrids } from './layerColumns.js';

const columns: readonly Column<BenchRow>[] = [
  ...layerColumns,
  ['max rel', (row) => (row.ms === null ? '-' : small(row.maxRel))],
];

/** Returns one text table per kernel. */
export function variantTables(rows: readonly VariantRow[]): string[] {
  return variantGrids(rows).map(({ head, rows: lines }) => textTable(head, lines, 1));
}

/** Says how good the first choice of a variant is; null parts are left out. */
export function choiceText({ count, within10, within25, geomean }: ChoiceSummary): string {
  if (count === 0) return 'The chosen variant has no time on any layer.';
  const mean = geomean === null ? '' : `; geometric mean of chosen/best ${geomean.toFixed(3)}`;
  return (
    `Chosen (*) within 10% of the best on ${percent(within10)} of ${count} layers, ` +
    `within 25% on ${percent(within25)}${mean}`
  );
}

function variantLines({ rows, choice }: NonNullable<BenchResult['variants']>): string[] {
  return [
    ...variantTables(rows).flatMap((table) => ['', table]),
    '',
    "Input lies in each variant's own tiles; chosen is for input that lies in no tile yet.",
    choiceText(choice),
  ];
}

function summaryLine({ count, geomean, worst, worstId }: RatioSummary): string {
  if (worstId === null) return 'no row that agrees';
  return `geometric mean ${ratio(geomean)}, worst ${ratio(worst)} (${worstId}); layers: ${count}`;
}

/**
 * Largest plausible share of the device's multiply-adds: Winograd saves products down to 1 in 2.25. A
 * larger one means that a sample ended before the device was done.
 */
const MOST_SHARE = 2.5;

/** Returns one line for each failure. */
export function failures({ rows, variants }: BenchResult): string[] {
  return [
    ...rows.filter(({ ok }) => !ok).map(({ id, error }) => `${id}: ${error}`),
    ...rows
      .filter(({ share }) => share !== null && share > MOST_SHARE)
      .map(
        ({ id, share }) => `${id}: ${percent(share)} of the ceiling; nothing waited for the device`,
      ),
    ...(variants?.rows ?? []).flatMap(({ id, errors }) =>
      Object.entries(errors).map(([name, error]) => `${id}, variant ${name}: ${error}`),
    ),
  ];
}

export function benchText(result: BenchResult): string {
  const { device, backend, barrierMs, programs, rows, vs, classes, host, absent } = result;
  const table = tableOf(columns, rows);
  const lines = [textTable(table.head, table.rows, 3)];
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
