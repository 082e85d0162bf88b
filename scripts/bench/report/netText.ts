/** The benchmark of whole nets as text for a terminal. */

import type { NetSuite } from '../../models/suites.js';
import { conversionText, countText } from '../../models/trace.js';
import { type Column, ms, ratio, tableOf, textTable } from '../../report/table.js';
import type { NetBenchResult, NetRow } from '../results.js';
import { conversionCount, netColumn } from './netColumns.js';
import { netFaults } from './nets.js';

const { net, backend, first, median, programs, between, peak, maxRel } = netColumn;

const netColumns: readonly Column<NetRow>[] = [
  net,
  backend,
  first,
  ['of ref', (row) => row.firstToReference.toFixed(2)],
  ['warm-up ms', (row) => (row.warmUpMs === null ? '-' : ms(row.warmUpMs))],
  median,
  ['p90 ms', (row) => ms(row.p90Ms)],
  netColumn.ratio,
  ['against', (row) => (row.reference === row.backend ? '-' : row.reference)],
  programs,
  ['conversions', (row) => conversionCount(row.conversions)],
  between,
  peak,
  ['of ref', (row) => row.gpuToReference?.toFixed(2) ?? '-'],
  maxRel,
  ['repeats', ({ repeats }) => (repeats === null ? '-' : repeats ? 'yes' : 'NO')],
  ['predictions', (row) => String(row.predictions)],
  [
    'grown',
    ({ grown: { tensors, bytes, gpuBytes, textures } }) =>
      `${tensors}/${bytes}/${gpuBytes}/${textures}`,
  ],
];

/** Columns of nets in training. */
const stepColumns: readonly Column<NetRow>[] = [
  ...netColumns
    .filter(([head]) => head !== 'repeats' && head !== 'warm-up ms')
    .map(([head, cell]): Column<NetRow> => [head === 'predictions' ? 'steps' : head, cell]),
  ['loss', ({ loss }) => loss?.value.toPrecision(7) ?? '-'],
  ['at step', ({ loss }) => String(loss?.steps ?? '-')],
];

/** Returns the columns of a suite's table. */
export const columnsOf = (suite: NetSuite) => (suite === 'training' ? stepColumns : netColumns);

/** Returns the word for one run of a suite's nets. */
export const runOf = (suite: NetSuite) => (suite === 'training' ? 'step' : 'prediction');

/**
 * Returns lines on the kernels that a tiled backend lacks: what is converted, what stock computes, and
 * the fallbacks with their reasons. Empty for other backends.
 */
export function account(row: NetRow): string[] {
  const { conversions, conversionsBetween, stockBetween, stock, fallbacks } = row;
  if (fallbacks === null) return [];
  const between = 'between the first and the last convolution';
  return [
    ...(conversions === null ? [] : [`conversions: ${conversionText(conversions)}`]),
    ...(conversionsBetween === null ? [] : [`${between}: ${conversionText(conversionsBetween)}`]),
    `stock kernels ${between}: ${countText(stockBetween ?? {})}`,
    `stock kernels in all: ${countText(stock ?? {})}`,
    ...fallbacks.map(
      ({ kernel, from, to, reason, count }) => `${count} ${kernel} by ${to} for ${from}: ${reason}`,
    ),
  ];
}

/** Says of each net of which a stock backend lacks a kernel what it is compared with instead. */
export function absentLines({ absent, rows }: NetBenchResult): string[] {
  return absent.map(({ net, backend, reason }) => {
    const instead = rows.find((row) => row.net === net)?.reference;
    const other = instead === undefined ? '' : `; ${net} is compared with ${instead}`;
    return `WITHOUT ${backend}: ${reason}${other}`;
  });
}

export function summaryText(
  name: string,
  { suite, reference, summary: summaries }: NetBenchResult,
): string {
  const summary = summaries[name];
  const { count, geomean, worst, worstId } = summary.ratio;
  if (worstId === null) return `${name} against ${reference}: no net`;
  const parts = [
    `${name} against ${reference}: geometric mean ${ratio(geomean)}`,
    `worst ${ratio(worst)} (${worstId})`,
    `first ${runOf(suite)} ${summary.firstToReference?.toFixed(2)} of its time`,
  ];
  if (summary.gpuToReference !== null) {
    parts.push(`peak GPU memory ${summary.gpuToReference.toFixed(2)} of its bytes`);
  }
  return `${parts.join(', ')}; nets: ${count}`;
}

const predictionLegend = [
  "max rel: largest |difference| / reference's largest |value|, the worst output. repeats: the second, the",
  'hundredth and the last prediction are the first, bit for bit. grown: tensors/bytes/GPU bytes/textures',
  'since the second. warm-up: warmUp() before the first prediction, with --warm-up.',
];

const stepLegend = [
  'A step reads its loss. Stock cpu makes at most 3 rounds. loss: before the step in the next column, the last',
  "one that all backends made; max rel: its |difference| / reference's. grown: tensors/bytes/GPU bytes/textures",
  'since the first steps.',
];

export function netBenchText(result: NetBenchResult): string {
  const { suite, rows, device, rounds, isCaptured, summary } = result;
  const table = tableOf(columnsOf(suite), rows);
  const lines = [
    textTable(table.head, table.rows, 2),
    '',
    ...rows.flatMap((row) => {
      const lines = account(row).map((line) => `  ${line}`);
      return lines.length === 0 ? [] : [`${row.net} on ${row.backend}`, ...lines];
    }),
    '',
    `ratio: time of the backend in column against / this time, median of ${rounds} rounds. of ref: in parts of its.`,
    ...(suite === 'training' ? stepLegend : predictionLegend),
    ...(isCaptured ? ['Tiled backends predicted from recordings in these rounds.'] : []),
    `On ${device.renderer}`,
  ];
  for (const name of Object.keys(summary)) lines.push(summaryText(name, result));
  lines.push(...absentLines(result));
  lines.push(...netFaults(result).map((fault) => `FAILED ${fault}`));
  return lines.join('\n');
}
