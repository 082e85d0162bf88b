/** Bar charts with one row per layer: ratios on a logarithmic scale, GFLOP/s on a linear scale. */

import { type Child, h, type Tree } from '../../report/html.js';
import { ratio } from '../../report/table.js';
import type { BenchRow } from '../results.js';
import { ticks } from './roofline.js';

const percentOf = (part: number) => `${(100 * part).toFixed(2)}%`;

function layerRow(id: string, plot: readonly Child[], value: Child): Tree {
  return h(
    'div',
    { class: 'layer' },
    h('span', {}, id),
    h('span', { class: 'plot' }, ...plot),
    h('b', {}, value),
  );
}

/** Makes the scale above the bars, the lines behind them, and the rows. */
function chart(marks: readonly [part: number, label: string][], rows: readonly Tree[]): Tree {
  const lines = marks.map(() => 'linear-gradient(var(--line), var(--line))').join(', ');
  const places = marks.map(([part]) => `${percentOf(part)} 0`).join(', ');
  const labels = marks.map(([part, text]) => h('s', { style: `left:${percentOf(part)}` }, text));
  return h(
    'div',
    { class: 'layers', style: `--lines:${lines};--places:${places}` },
    h('div', { class: 'scale' }, layerRow('', labels, '')),
    ...rows,
  );
}

const failed = (id: string) => layerRow(id, [], h('span', { class: 'bad' }, 'failed'));

/**
 * Draws ratios as bars from the line of equal speed, to the right if our backend is faster;
 * whiskers show the spread.
 */
export function ratioBars(rows: readonly BenchRow[]): Tree {
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
    const plot = [
      h('em', { style: `left:${percentOf(one)}` }),
      h('i', { class: of < 1 ? 'slow' : 'ours', style: span(one, part(of)) }),
      h('u', { style: span(part(spread[0]), part(spread[1])) }),
    ];
    return layerRow(id, plot, ratio(of));
  });
  return chart(
    marks.map((mark) => [part(mark), `${mark}x`]),
    bars,
  );
}

/** Draws the GFLOP/s of our backend and of every reference as bars, for each layer. */
export function gflopsBars(rows: readonly BenchRow[], vs: readonly string[]): Tree {
  const ids = [...new Set(rows.map(({ id }) => id))];
  const values = rows.flatMap(({ gflops, vsGflops }) => [gflops ?? 0, vsGflops ?? 0]);
  const top = Math.max(1, ...values);
  const step = [0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find(
    (candidate) => top / candidate <= 5,
  ) as number;
  const end = Math.ceil(top / step) * step;
  const bar = (kind: string, value: number | null | undefined) =>
    value == null
      ? h('i', { class: 'none' })
      : h('i', { class: kind, style: `width:${percentOf(value / end)}` });
  const bars = ids.map((id) => {
    const ofLayer = rows.filter((row) => row.id === id);
    const ours = ofLayer.find(({ gflops }) => gflops !== null)?.gflops;
    const theirs = vs.map((name) => ofLayer.find((row) => row.vs === name)?.vsGflops);
    if (ours === undefined) return failed(id);
    const plot = [bar('ours', ours), ...theirs.map((value, i) => bar(`vs${i}`, value))];
    return layerRow(id, [h('span', { class: 'group' }, ...plot)], (ours as number).toFixed(1));
  });
  const marks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return chart(
    marks.map((mark) => [mark / end, String(Number(mark.toFixed(1)))]),
    bars,
  );
}
