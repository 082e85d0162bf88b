/** The benchmark of whole nets as one self-contained HTML text. */

import { aboutOf } from '../../models/suites.js';
import { h, type Tree } from '../../report/html.js';
import { bar, card, htmlDocument, htmlTable, isOurs, soft } from '../../report/markup.js';
import { megabytes, ms, ratio } from '../../report/table.js';
import type { NetBenchResult, NetRow } from '../results.js';
import { benchReportStyle } from './layerHtml.js';
import { netFaults } from './nets.js';
import { absentLines, account, columnsOf, runOf, summaryText } from './netText.js';
import { figureTiles } from './parts.js';

function headline(name: string, { suite, reference, summary: of }: NetBenchResult): Tree[] {
  const summary = of[name];
  const run = runOf(suite);
  const { geomean, worst, worstId } = summary.ratio;
  return [
    h('h3', {}, name),
    figureTiles([
      [ratio(geomean), `the speed of ${reference}, geometric mean`],
      [ratio(worst), `worst: ${worstId}`],
      [summary.firstToReference?.toFixed(2) ?? '-', `of its first ${run}'s time`],
      [summary.gpuToReference?.toFixed(2) ?? '-', 'of its peak GPU memory'],
    ]),
  ];
}

function bars(
  title: string,
  rows: readonly NetRow[],
  value: (row: NetRow) => number,
  text: (value: number) => string,
): Tree {
  const longest = Math.max(...rows.map(value));
  const lines = rows.map((row) => {
    const part = longest === 0 ? 0 : value(row) / longest;
    return bar(row.backend, part, text(value(row)), isOurs(row.backend));
  });
  return h('div', {}, h('h3', {}, title), ...lines);
}

/** Shows what a tiled backend converts, and what stock kernels compute for it. */
function accountOf(row: NetRow, run: string): Tree[] {
  const lines = account(row);
  if (lines.length === 0) return [];
  return [h('h3', {}, `${row.backend}, one ${run}`), ...lines.map((line) => h('p', {}, line))];
}

function netCard(net: string, rows: readonly NetRow[], run: string): Tree {
  const time = (value: number) => `${ms(value)} ms`;
  return card(
    net,
    soft(aboutOf(net)),
    h(
      'div',
      { class: 'charts' },
      bars(`A steady ${run}`, rows, (row) => row.medianMs, time),
      bars('The first, with compiling', rows, (row) => row.firstMs, time),
      bars('Peak GPU memory', rows, (row) => row.peakGpuBytes, megabytes),
    ),
    ...rows.flatMap((row) => accountOf(row, run)),
  );
}

function verdict(result: NetBenchResult): Tree[] {
  const faults = netFaults(result);
  if (faults.length > 0) return faults.map((fault) => h('p', { class: 'verdict bad' }, fault));
  const good =
    result.suite === 'training'
      ? 'Losses agree, and nothing grows.'
      : 'Outputs agree, repeat bit for bit, and nothing grows.';
  return [h('p', { class: 'verdict good' }, good)];
}

export function netBenchHtml(result: NetBenchResult): string {
  const { suite, rows, device, backend, rounds, summary } = result;
  const run = runOf(suite);
  const isTraining = suite === 'training';
  const columns = columnsOf(suite);
  const names = [...new Set(rows.map(({ net }) => net))];
  const summaries = Object.keys(summary);
  const table = htmlTable(
    columns.map(([name]) => name),
    rows.map((row) => columns.map(([, text]) => text(row))),
  );
  return htmlDocument('Nets on tfjs-backend-tiled', benchReportStyle, [
    h('h1', {}, `Whole nets: ${backend}`),
    soft(device.renderer),
    soft(device.userAgent),
    h(
      'section',
      { class: 'card' },
      ...summaries.flatMap((name) => headline(name, result)),
      ...verdict(result),
      ...absentLines(result).map(soft),
    ),
    ...names.map((name) =>
      netCard(
        name,
        rows.filter(({ net }) => net === name),
        run,
      ),
    ),
    card('All figures', table),
    h(
      'footer',
      { class: 'soft' },
      ...summaries.map((name) => h('p', {}, summaryText(name, result))),
      h(
        'p',
        {},
        `A ${run} goes from values in memory to values in memory. Steady is the median of ${rounds} rounds over all backends on one page${isTraining ? ', of at most 3 on stock cpu' : ''}; the first one is made in a fresh browser each. ratio and "of ref" are against the backend in the column against. GPU memory includes what is kept for reuse. grown: tensors/bytes/GPU bytes that the last ${run} held more than the ${isTraining ? 'first ones' : 'second'}.`,
      ),
    ),
  ]);
}
