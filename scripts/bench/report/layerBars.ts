/** Bar charts with one row per layer: ratios on a logarithmic scale, GFLOP/s on a linear scale. */

import { escaped } from '../../report/markup.js';
import { ratio } from '../../report/table.js';
import type { BenchRow } from '../results.js';
import { ticks } from './roofline.js';

const percentOf = (part: number) => `${(100 * part).toFixed(2)}%`;

function layerRow(id: string, plot: string, value: string): string {
  return `<div class="layer"><span>${escaped(id)}</span><span class="plot">${plot}</span><b>${value}</b></div>`;
}

/** Returns the scale above the bars, the lines behind them, and the rows. */
function chart(marks: readonly [part: number, label: string][], rows: readonly string[]): string {
  const lines = marks.map(() => 'linear-gradient(var(--line), var(--line))').join(', ');
  const places = marks.map(([part]) => `${percentOf(part)} 0`).join(', ');
  const labels = marks.map(([part, text]) => `<s style="left:${percentOf(part)}">${text}</s>`);
  return `<div class="layers" style="--lines:${lines};--places:${places}">
<div class="scale">${layerRow('', labels.join(''), '')}</div>
${rows.join('\n')}</div>`;
}

const failed = (id: string) => layerRow(id, '', '<span class="bad">failed</span>');

/**
 * Draws ratios as bars from the line of equal speed, to the right if our backend is faster;
 * whiskers show the spread.
 */
export function ratioBars(rows: readonly BenchRow[]): string {
  const all = rows.flatMap(({ ratio: of, spread }) => [of ?? 1, ...(spread ?? [])]);
  const marks = ticks(Math.min(0.5, ...all), Math.max(2, ...all));
  const low = Math.log(marks[0]);
  const part = (value: number) =>
    (Math.log(value) - low) / (Math.log(marks[marks.length - 1]) - low);
  const one = part(1);
  const span = (from: number, to: number) =>
    `left:${percentOf(Math.min(from, to))};width:${percentOf(Math.abs(to - from))}`;
  const bars = rows.map(({ id, ok, ratio: of, spread }) => {
    if (!ok || of === null || spread === null) return failed(id);
    const kind = of < 1 ? 'slow' : 'ours';
    const bar = `<i class="${kind}" style="${span(one, part(of))}"></i>`;
    const whisker = `<u style="${span(part(spread[0]), part(spread[1]))}"></u>`;
    return layerRow(id, `<em style="left:${percentOf(one)}"></em>${bar}${whisker}`, ratio(of));
  });
  return chart(
    marks.map((mark) => [part(mark), `${mark}x`]),
    bars,
  );
}

/** Draws the GFLOP/s of our backend and of every reference as bars, for each layer. */
export function gflopsBars(rows: readonly BenchRow[], vs: readonly string[]): string {
  const ids = [...new Set(rows.map(({ id }) => id))];
  const values = rows.flatMap(({ gflops, vsGflops }) => [gflops ?? 0, vsGflops ?? 0]);
  const top = Math.max(1, ...values);
  const step = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find(
    (candidate) => top / candidate <= 5,
  ) as number;
  const end = Math.ceil(top / step) * step;
  const bar = (kind: string, value: number | null | undefined) =>
    value == null
      ? '<i class="none"></i>'
      : `<i class="${kind}" style="width:${percentOf(value / end)}"></i>`;
  const bars = ids.map((id) => {
    const ofLayer = rows.filter((row) => row.id === id);
    const ours = ofLayer.find(({ gflops }) => gflops !== null)?.gflops;
    const theirs = vs.map((name) => ofLayer.find((row) => row.vs === name)?.vsGflops);
    if (ours === undefined) return failed(id);
    const plot = [bar('ours', ours), ...theirs.map((value, i) => bar(`vs${i}`, value))].join('');
    return layerRow(id, `<span class="group">${plot}</span>`, (ours as number).toFixed(1));
  });
  const marks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return chart(
    marks.map((mark) => [mark / end, String(Number(mark.toFixed(1)))]),
    bars,
  );
}
