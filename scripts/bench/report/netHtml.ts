/** The benchmark of whole nets as one self-contained HTML text. */

import { conversionText, countOf } from '../../models/trace.js';
import { escaped, htmlDocument, htmlTable } from '../../report/markup.js';
import { megabytes, ms, ratio } from '../../report/table.js';
import type { NetBenchResult, NetRow, NetSummary } from '../results.js';
import { benchReportStyle } from './layerHtml.js';
import { netFaults } from './nets.js';
import { netColumns, summaryText } from './netText.js';

const isOurs = (backend: string) => backend.startsWith('tiled');

const card = (title: string, body: string) =>
  `<section class="card"><h2>${escaped(title)}</h2>\n${body}</section>`;

function headline(name: string, reference: string, summary: NetSummary): string {
  const { geomean, worst, worstId } = summary.ratio;
  const figures: [string, string][] = [
    [ratio(geomean), `the speed of ${reference}, geometric mean`],
    [ratio(worst), `worst: ${worstId}`],
    [summary.firstToReference?.toFixed(2) ?? '-', "of its first prediction's time"],
    [summary.gpuToReference?.toFixed(2) ?? '-', 'of its peak GPU memory'],
  ];
  const tiles = figures.map(
    ([value, text]) => `<div><b>${value}</b><span>${escaped(text)}</span></div>`,
  );
  return `<h3>${escaped(name)}</h3><div class="figures">${tiles.join('')}</div>`;
}

function bars(
  title: string,
  rows: readonly NetRow[],
  value: (row: NetRow) => number,
  text: (value: number) => string,
): string {
  const longest = Math.max(...rows.map(value));
  const lines = rows.map((row) => {
    const part = longest === 0 ? 0 : value(row) / longest;
    const width = `calc((100% - 5.5rem) * ${part.toFixed(4)})`;
    const track = isOurs(row.backend) ? 'track ours' : 'track';
    return `<div class="bar"><span>${escaped(row.backend)}</span><span class="${track}"><i style="width:${width}"></i><b>${text(value(row))}</b></span></div>`;
  });
  return `<div><h3>${title}</h3>${lines.join('')}</div>`;
}

/** Describes the conversions and stock kernels of a tiled backend; empty for other backends. */
function account({ conversions, conversionsBetween, stockBetween }: NetRow): string {
  if (conversions === null || conversionsBetween === null) return '';
  const stock = Object.entries(stockBetween ?? {}).map(([kernel, count]) => `${count} ${kernel}`);
  return `<p>${countOf(conversions)} conversions in a prediction: ${escaped(conversionText(conversions))}.</p>
<p>Between the first and the last convolution: ${escaped(conversionText(conversionsBetween))}. Stock kernels there: ${escaped(stock.length === 0 ? 'none' : stock.join(', '))}.</p>`;
}

function netCard(net: string, rows: readonly NetRow[]): string {
  const time = (value: number) => `${ms(value)} ms`;
  return card(
    net,
    `<div class="charts">${bars('A steady prediction', rows, (row) => row.medianMs, time)}${bars('The first, with compiling', rows, (row) => row.firstMs, time)}${bars('Peak GPU memory', rows, (row) => row.peakGpuBytes, megabytes)}</div>
${rows.map(account).join('')}`,
  );
}

export function netBenchHtml(result: NetBenchResult): string {
  const { rows, device, backend, reference, rounds, summary } = result;
  const names = [...new Set(rows.map(({ net }) => net))];
  const faults = netFaults(result);
  const verdict =
    faults.length === 0
      ? '<p class="verdict good">Outputs agree, repeat bit for bit, and nothing grows.</p>'
      : faults.map((fault) => `<p class="verdict bad">${escaped(fault)}</p>`).join('');
  const table = htmlTable(
    netColumns.map(([name]) => name),
    rows.map((row) => netColumns.map(([, text]) => escaped(text(row)))),
  );
  const body = `<h1>Whole nets: ${escaped(backend)}</h1>
<p class="soft">${escaped(device.renderer)}</p><p class="soft">${escaped(device.userAgent)}</p>
<section class="card">${Object.entries(summary)
    .map(([name, ofOne]) => headline(name, reference, ofOne))
    .join('')}${verdict}</section>
${names
  .map((name) =>
    netCard(
      name,
      rows.filter(({ net }) => net === name),
    ),
  )
  .join('\n')}
${card('All figures', table)}
<footer class="soft">
${Object.entries(summary)
  .map(([name, ofOne]) => `<p>${escaped(summaryText(name, reference, ofOne))}</p>`)
  .join('')}
<p>A prediction goes from values in memory to values in memory. Steady is the median of ${rounds} rounds over all backends on one page; the first one is made in a fresh browser each. ratio and "of ref" are against ${escaped(reference)}. GPU memory includes what is kept for reuse. grown: tensors/bytes/GPU bytes that the last prediction held more than the second.</p>
</footer>`;
  return htmlDocument('Nets on tfjs-backend-tiled', benchReportStyle, body);
}
