/** The benchmark's result as one self-contained HTML text. */

import { escaped, htmlDocument, htmlTable } from '../../report/markup.js';
import { reportStyle } from '../../report/style.js';
import { ms, percent, ratio, small } from '../../report/table.js';
import { layers, multiplyAdds } from '../layers.js';
import type { BenchResult, BenchRow, RatioSummary } from '../results.js';
import { gflopsBars, ratioBars } from './layerBars.js';
import { type RooflinePoint, rooflineSvg } from './rooflineSvg.js';
import { benchStyle } from './style.js';
import { layerClasses } from './summary.js';
import { failures } from './text.js';
import { variantHeat } from './variantHeat.js';

export const benchReportStyle = reportStyle + benchStyle;

/** Layer classes in the order of their colours; each layer belongs to exactly one. */
const groups = ['3x3', '1x1', 'other', 'depthwise'];
const groupColours = ['ours', 'vs1', 'vs2', 'vs3'];

const card = (title: string, body: string) =>
  `<section class="card"><h2>${escaped(title)}</h2>\n${body}</section>`;

const soft = (text: string) => `<p class="soft">${escaped(text)}</p>`;

function legend(names: readonly string[], colours: readonly string[]): string {
  const keys = names.map(
    (name, i) => `<span style="--key:var(--${colours[i]})">${escaped(name)}</span>`,
  );
  return `<div class="legend">${keys.join('')}</div>`;
}

function headline({ backend, vs, device, host, variants }: BenchResult): string {
  const figures = Object.entries(vs).map(([name, { geomean }]): [string, string] => [
    ratio(geomean),
    `the speed of ${name}, geometric mean`,
  ]);
  const [[first, { worst, worstId }]] = Object.entries(vs);
  if (worstId !== null) figures.splice(1, 0, [ratio(worst), `worst against ${first}: ${worstId}`]);
  const own = host.find((cost) => cost.backend === backend);
  if (own) figures.push([`${own.microseconds.toFixed(0)} µs`, `a kernel call costs its thread`]);
  if (variants && variants.choice.count > 0) {
    figures.push([percent(variants.choice.within10), 'of layers: chosen within 10% of the best']);
    figures.push([percent(variants.choice.within25), 'of layers: chosen within 25% of the best']);
  }
  figures.push([device.maddGflops.toFixed(1), 'GFLOP/s of multiply-adds, measured ceiling']);
  figures.push([device.fetchGtexels.toFixed(2), 'Gtexel/s of RGBA32F fetches, measured ceiling']);
  const tiles = figures.map(
    ([value, text]) => `<div><b>${value}</b><span>${escaped(text)}</span></div>`,
  );
  return `<div class="figures">${tiles.join('')}</div>`;
}

function classTable(all: RatioSummary, classes: Record<string, RatioSummary>): string {
  const rows = Object.entries({ ...classes, all });
  return htmlTable(
    ['class', 'layers', 'mean', 'worst', 'where'],
    rows.map(([name, { count, geomean, worst, worstId }]) => [
      escaped(name),
      String(count),
      ratio(geomean),
      ratio(worst),
      escaped(worstId ?? '-'),
    ]),
  );
}

const rowsOf = ({ rows }: BenchResult, name: string) => rows.filter(({ vs }) => vs === name);

function against(result: BenchResult, name: string): string {
  return card(
    `${result.backend} against ${name}`,
    `${classTable(result.vs[name], result.classes[name])}
${soft('mean is the geometric mean of the ratios')}
<h3>Times the speed of ${escaped(name)}, by layer; the line across a bar is the spread</h3>
${ratioBars(rowsOf(result, name))}`,
  );
}

/** Returns points for the layers whose variant's texel fetches are known. */
function rooflinePoints(rows: readonly BenchRow[]): RooflinePoint[] {
  return layers.flatMap((layer) => {
    const row = rows.find(({ id, ok }) => ok && id === layer.id);
    if (!row?.gflops || !row.texels || row.variant === null) return [];
    const group = groups.findIndex((name) => layerClasses[name](layer));
    const intensity = multiplyAdds(layer) / row.texels;
    return [{ id: row.id, group, variant: row.variant, intensity, gflops: row.gflops }];
  });
}

function roofline(result: BenchResult): string {
  const points = rooflinePoints(result.rows);
  if (points.length === 0) return '';
  const ids = new Set(result.rows.map(({ id }) => id));
  const used = groups.map((_, i) => points.some(({ group }) => group === i));
  const missing = ids.size - points.length;
  const left =
    missing > 0 ? ` ${missing} layers are left out: what their variant fetches is not known.` : '';
  return card(
    'Roofline',
    `${soft(
      'Across: multiply-adds for each texel that the variant fetches, input, weights and bias. ' +
        'Texels and not bytes of memory, because fetches are what limits convolutions here and a ' +
        'tile decides how many there are; a byte is fetched many times. The slope is the measured ' +
        'ceiling of fetches, the flat part that of multiply-adds. Points above the slope get ' +
        `fetches cheaper than texture() of a small RGBA32F texture does.${left}`,
    )}
${legend(
  groups.filter((_, i) => used[i]),
  groupColours.filter((_, i) => used[i]),
)}
<div class="wide">${rooflineSvg(points, result.device, [920, 480])}</div>
<div class="narrow">${rooflineSvg(points, result.device, [350, 380])}</div>`,
  );
}

function variantCard({ variants }: BenchResult): string {
  if (!variants) return '';
  const { count, within10, within25, geomean } = variants.choice;
  const sum =
    count === 0
      ? 'The chosen variant has no time on any layer.'
      : `The chosen variant (*) is within 10% of the best on ${percent(within10)} of ${count} ` +
        `layers, within 25% on ${percent(within25)}; geometric mean of chosen/best ${geomean?.toFixed(3)}.`;
  const how =
    'Each variant reads input that lies in its own tiles already, so no conversion is in a time. ' +
    'Chosen is what the backend takes for input that lies in no tile yet. The redder, the slower ' +
    'than the best of the row.';
  return card('Every variant', `<p>${escaped(sum)}</p>${soft(how)}${variantHeat(variants.rows)}`);
}

function hostTable({ host }: BenchResult): string {
  const rows = host.map(({ backend, microseconds }) => [escaped(backend), microseconds.toFixed(1)]);
  return card(
    'What a kernel call costs its thread',
    `${soft('A fused 1x1 convolution on 4x4x4, issued up to 500 times without waiting; microseconds a call. On wasm and cpu the layer itself is in it.')}
${htmlTable(['backend', 'µs'], rows)}`,
  );
}

function figures({ rows }: BenchResult): string {
  const cells = rows.map((row) => [
    escaped(row.id),
    escaped(row.vs),
    escaped(row.variant ?? '-'),
    ms(row.ms),
    ms(row.vsMs),
    ratio(row.ratio),
    row.gflops?.toFixed(1) ?? '-',
    row.vsGflops?.toFixed(1) ?? '-',
    percent(row.share),
    row.ms === null ? '-' : small(row.maxRel),
  ]);
  const head = ['layer', 'vs', 'variant', 'ms', 'vs ms', 'ratio', 'GFLOP/s', 'vs GFLOP/s'];
  return card('All figures', htmlTable([...head, 'of ceiling', 'max rel'], cells));
}

/** Returns the content of a page's body, without the style. */
export function benchBody(result: BenchResult): string {
  const { suite, backend, device, rounds, rows, absent, vs } = result;
  const names = Object.keys(vs);
  const faults = [
    ...absent.map(({ backend: name, reason }) => `Without ${name}: ${reason}`),
    ...failures(result),
  ];
  const speed = `${legend([backend, ...names], ['ours', 'stock', 'vs1', 'vs2', 'vs3', 'vs4', 'vs5'])}
${gflopsBars(rows, names)}`;
  return `<h1>Benchmark ${escaped(suite)}: ${escaped(backend)}</h1>
${soft(device.renderer)}${soft(device.userAgent)}
${headline(result)}
${faults.map((fault) => `<p class="bad">${escaped(fault)}</p>`).join('')}
${names.map((name) => against(result, name)).join('\n')}
${card('GFLOP/s', speed)}
${roofline(result)}
${variantCard(result)}
${hostTable(result)}
${figures(result)}
<footer>${soft(
    `Ratios are the other side's time / ours, more than 1 is faster; medians of ${rounds} interleaved ` +
      "samples. A layer is fused with bias and relu6; its input is made on the device by the backend's " +
      'own depthwise kernel, and a conversion that the chosen variant needs is in the time.',
  )}</footer>`;
}

/** Returns the report as a complete HTML document. */
export function benchHtml(result: BenchResult): string {
  return htmlDocument(
    `${result.backend}: benchmark ${result.suite}`,
    benchReportStyle,
    benchBody(result),
  );
}
