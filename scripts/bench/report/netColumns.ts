/** Columns of the tables of whole nets, for the terminal, the report and the documents. */
import { countOf } from '../../models/trace.js';
import { type Column, megabytes, ms, ratio, small } from '../../report/table.js';
import type { NetRow } from '../results.js';

/** Formats the number of conversions; `-` for a backend that does not convert. */
export const conversionCount = (conversions: readonly { count: number }[] | null) =>
  conversions === null ? '-' : String(countOf(conversions));

/** A row's fields that the columns show; null is what is not known. */
export interface NetCells
  extends Pick<NetRow, 'net' | 'backend' | 'firstMs' | 'medianMs' | 'maxRel'> {
  ratio: number | null;
  programs: number | null;
  peakGpuBytes: number | null;
  conversionsBetween: readonly { kernel: string; count: number }[] | null;
}

export const netColumn = {
  net: ['net', ({ net }) => net],
  backend: ['backend', ({ backend }) => backend],
  first: ['first ms', ({ firstMs }) => ms(firstMs)],
  median: ['median ms', ({ medianMs }) => ms(medianMs)],
  ratio: ['ratio', (row) => ratio(row.ratio)],
  programs: ['programs', ({ programs }) => String(programs ?? '-')],
  between: ['between', ({ conversionsBetween }) => conversionCount(conversionsBetween)],
  peak: ['peak GPU', ({ peakGpuBytes }) => megabytes(peakGpuBytes ?? 0)],
  maxRel: ['max rel', ({ maxRel }) => small(maxRel)],
} as const satisfies Record<string, Column<NetCells>>;
