/** The profile as text for a terminal. */
import { conversionText } from '../models/trace.js';
import { ms, textTable } from '../report/table.js';
import type { ProfileResult, ProfileRow } from './results.js';

export const profileColumns: readonly (readonly [string, (row: ProfileRow) => string])[] = [
  ['kernel', (row) => row.kernel],
  ['variant', (row) => row.variant ?? '-'],
  ['ran', (row) => row.ran],
  ['calls', (row) => String(row.calls)],
  ['ms', (row) => ms(row.ms)],
  ['share', (row) => `${(100 * row.share).toFixed(1)}%`],
  ['conversions', (row) => String(row.conversions)],
  ['texels', (row) => row.texels.toLocaleString('en')],
];

/** Returns notes that the columns do not show. */
export function profileNotes(result: ProfileResult): string[] {
  const { device, net, backend, rounds, how, steadyMs, rows } = result;
  const sum = rows.reduce((total, row) => total + row.ms, 0);
  return [
    `${net} on ${backend}: kernels take ${ms(sum)} ms one by one, a whole prediction ${ms(steadyMs)} ms.`,
    `Conversions: ${conversionText(result.conversions)}.`,
    `Between the first and the last convolution: ${conversionText(result.conversionsBetween)}.`,
    `Timed by ${how}, median of ${rounds} predictions. ran: programs of ours (tiles), of stock webgl,` +
      ' or none; on the CPU code of ours, of stock cpu, or none. A conversion is part of the time of the kernel that asked for it.',
    `On ${device.renderer}`,
  ];
}

export function profileText(result: ProfileResult): string {
  const table = textTable(
    profileColumns.map(([name]) => name),
    result.rows.map((row) => profileColumns.map(([, text]) => text(row))),
    3,
  );
  return [table, '', ...profileNotes(result)].join('\n');
}
