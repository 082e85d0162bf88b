/** Columns of the tables of layers, for the terminal and for the documents. */

import { type Column, ms, percent, ratio, type Table } from '../../report/table.js';
import type { BenchRow, RatioSummary, VariantRow } from '../results.js';

/** A row's fields that the columns show. */
export type LayerCells = Pick<
  BenchRow,
  'id' | 'vs' | 'variant' | 'ms' | 'vsMs' | 'ratio' | 'spread' | 'gflops' | 'share'
>;

export const layerColumns: readonly Column<LayerCells>[] = [
  ['layer', ({ id }) => id],
  ['vs', ({ vs }) => vs],
  ['variant', ({ variant }) => variant ?? '-'],
  ['ms', (row) => ms(row.ms)],
  ['vs ms', ({ vsMs }) => ms(vsMs)],
  ['ratio', (row) => ratio(row.ratio)],
  ['from', ({ spread }) => ratio(spread?.[0] ?? null)],
  ['to', ({ spread }) => ratio(spread?.[1] ?? null)],
  ['GFLOP/s', ({ gflops }) => gflops?.toFixed(1) ?? '-'],
  ['share', ({ share }) => percent(share)],
];

/** Columns of a summary of ratios; the heading of its first column is for the caller to say. */
export const summaryColumns: readonly Column<RatioSummary>[] = [
  ['layers', ({ count }) => String(count)],
  ['geometric mean', ({ geomean }) => ratio(geomean)],
  ['worst', ({ worst }) => ratio(worst)],
  ['of', ({ worstId }) => worstId ?? '-'],
];

/** A variant row's fields that the columns show. */
export type VariantCells = Omit<VariantRow, 'errors'>;

/**
 * Returns the columns of a variant table: every variant with a figure, in order of first
 * appearance.
 */
export function variantColumns(rows: readonly Pick<VariantRow, 'ms'>[]): string[] {
  return [...new Set(rows.flatMap(({ ms: times }) => Object.keys(times)))];
}

/**
 * Returns one table per kernel: layer x variant in ms, `*` at the chosen one, the best, chosen /
 * best.
 */
export function variantGrids(rows: readonly VariantCells[]): Table[] {
  const kernels = [...new Set(rows.map(({ kernel }) => kernel))];
  return kernels.map((kernel) => {
    const ofKernel = rows.filter((row) => row.kernel === kernel);
    const names = variantColumns(ofKernel);
    const line = ({ id, ms: times, chosen, best, chosenToBest }: VariantCells) => [
      id,
      ...names.map((name) => `${ms(times[name] ?? null)}${name === chosen ? '*' : ' '}`),
      best ?? '-',
      chosenToBest?.toFixed(2) ?? '-',
    ];
    return { head: ['layer', ...names, 'best', 'chosen/best'], rows: ofKernel.map(line) };
  });
}
