/** The benchmark's result as one self-contained HTML text. */

import { type Child, h, type Tree } from '../../report/html.js';
import { card, htmlDocument, htmlTable, soft } from '../../report/markup.js';
import { reportStyle } from '../../report/style.js';
import { ms, percent, ratio, small } from '../../report/table.js';
import { layers, multiplyAdds } from '../layers.js';
import type { BenchResult, BenchRow, RatioSummary } from '../results.js';
import { gflopsBars, ratioBars } from './layerBars.js';
import { figureTiles, legend } from './parts.js';
import { type RooflinePoint, rooflineSvg } from './rooflineSvg.js';
import { benchStyle } from './style.js';
import { layerClasses } from './summary.js';
import { failures } from './text.js';
import { variantHeat } from './variantHeat.js';

export const benchReportStyle = reportStyle + benchStyle;

/** Layer classes in the order of their colours; each layer belongs to exactly one. */
const groups = ['3x3', '1x1', 'other', 'depthwise'];
const groupColours = ['ours', 'vs1', 'vs2', 'vs3'];

function headline({ backend, vs, device, host, variants }: BenchResult): Tree {
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
  return figureTiles(figures);
}

function classTable(all: RatioSummary, classes: Record<string, RatioSummary>): Tree {
  const rows = Object.entries({ ...classes, all });
  return htmlTable(
    ['class', 'layers', 'mean', 'worst', 'where'],
    rows.map(([name, { count, geomean, worst, worstId }]) => [
      name,
      String(count),
      ratio(geomean),
      ratio(worst),
      worstId ?? '-',
    ]),
  );
}

const rowsOf = ({ rows }: BenchResult, name: string) => rows.filter(({ vs }) => vs === name);

function against(result: BenchResult, name: string): Tree {
  const bars = `Times the speed of ${name}, by layer; the line across a bar is the spread`;
  return card(
    `${result.backend} against ${name}`,
    classTable(result.vs[name], result.classes[name]),
    soft('mean is the geometric mean of the ratios'),
    h('h3', {}, bars),
    ratioBars(rowsOf(result, name)),
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

function roofline(result: BenchResult): Tree | null {
  const points = rooflinePoints(result.rows);
  if (points.length === 0) return null;
  const ids = new Set(result.rows.map(({ id }) => id));
  const used = groups.map((_, i) => points.some(({ group }) => group === i));
  const missing = ids.size - points.length;
  const left =
    missing > 0 ? ` ${missing} layers are left out: what their variant fetches is not known.` : '';
  return card(
    'Roofline',
    soft(
      'Across: multiply-adds for each texel that the variant fetches, input, weights and bias. ' +
        'Texels and not bytes of memory, because fetches are what limits convolutions here and a ' +
        'tile decides how many there are; a byte is fetched many times. The slope is the measured ' +
        'ceiling of fetches, the flat part that of multiply-adds. Points above the slope get ' +
        `fetches cheaper than texture() of a small RGBA32F texture does.${left}`,
    ),
    legend(
      groups.filter((_, i) => used[i]),
      groupColours.filter((_, i) => used[i]),
    ),
    h('div', { class: 'wide' }, rooflineSvg(points, result.device, [920, 480])),
    h('div', { class: 'narrow' }, rooflineSvg(points, result.device, [350, 380])),
  );
}

function variantCard({ variants }: BenchResult): Tree | null {
  if (!variants) return null;
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
  return card('Every variant', h('p', {}, sum), soft(how), ...variantHeat(variants.rows));
}

function hostTable({ host }: BenchResult): Tree {
  return card(
    'What a kernel call costs its thread',
    soft(
      'A fused 1x1 convolution on 4x4x4, issued up to 500 times without waiting; microseconds a call. On wasm and cpu the layer itself is in it.',
    ),
    htmlTable(
      ['backend', 'µs'],
      host.map(({ backend, microseconds }) => [backend, microseconds.toFixed(1)]),
    ),
  );
}

function figures({ rows }: BenchResult): Tree {
  const cells = rows.map((row) => [
    row.id,
    row.vs,
    row.variant ?? '-',
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
export function benchBody(result: BenchResult): Child[] {
  const { suite, backend, device, rounds, rows, absent, vs } = result;
  const names = Object.keys(vs);
  const faults = [
    ...absent.map(({ backend: name, reason }) => `Without ${name}: ${reason}`),
    ...failures(result),
  ];
  const colours = ['ours', 'stock', 'vs1', 'vs2', 'vs3', 'vs4', 'vs5'];
  return [
    h('h1', {}, `Benchmark ${suite}: ${backend}`),
    soft(device.renderer),
    soft(device.userAgent),
    headline(result),
    ...faults.map((fault) => h('p', { class: 'bad' }, fault)),
    ...names.map((name) => against(result, name)),
    card('GFLOP/s', legend([backend, ...names], colours), gflopsBars(rows, names)),
    roofline(result),
    variantCard(result),
    hostTable(result),
    figures(result),
    h(
      'footer',
      {},
      soft(
        `Ratios are the other side's time / ours, more than 1 is faster; medians of ${rounds} interleaved ` +
          "samples. A layer is fused with bias and relu6; its input is made on the device by the backend's " +
          'own depthwise kernel, and a conversion that the chosen variant needs is in the time.',
      ),
    ),
  ];
}

/** Returns the report as a complete HTML document. */
export function benchHtml(result: BenchResult): string {
  return htmlDocument(
    `${result.backend}: benchmark ${result.suite}`,
    benchReportStyle,
    benchBody(result),
  );
}
