/**
 * Bar charts as self-contained SVG files, for pages that scale them like pictures: narrow enough to
 * be read on a phone, on a ground of their own in light and dark.
 */
import { h, type Tree, toHTML } from '../report/html.js';
import { ratio } from '../report/table.js';

export interface Chart {
  title: string;
  /** Names of the bars of each row. */
  series: readonly string[];
  /** Values in the order of `series`; null has no bar. */
  rows: readonly { label: string; values: readonly (number | null)[] }[];
}

const width = 420;
const padding = 14;
const labelHeight = 19;
const barHeight = 11;
const barStep = 13;
const valueWidth = 46;

const style = `
  svg { --ground: #ffffff; --ink: #1c1c1a; --soft: #62625d; --line: #e2e1dc; --b0: #1f6fd0; --b1: #c98a1b; --b2: #2a9d8f; --b3: #8a5fc0; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #1c1e23; --ink: #ececea; --soft: #a2a29c; --line: #4a4e57; --b0: #5b9ff0; --b1: #d9a441; --b2: #4fc3b5; --b3: #b08ae0; }
  }
  text { font: 12.5px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: var(--ink); }
  .title { font-size: 15px; font-weight: 600; }
  .value { font-size: 11px; }
  .soft { fill: var(--soft); }
  .ground { fill: var(--ground); stroke: var(--line); }
  .one { stroke: var(--ink); stroke-width: 1.5; }
  .b0 { fill: var(--b0); } .b1 { fill: var(--b1); } .b2 { fill: var(--b2); } .b3 { fill: var(--b3); }`;

/** Number of series that have a colour. */
export const mostSeries = 4;

const fixed = (value: number) => String(+value.toFixed(1));

/** Draws ratios as bars from 0 on; a line crosses each row's bars at 1, which is equal speed. */
export function barChart({ title, series, rows }: Chart): string {
  const values = rows.flatMap((row) => row.values.flatMap((value) => value ?? []));
  const longest = Math.max(1, ...values);
  const scale = (value: number) => (value / longest) * (width - 2 * padding - valueWidth);
  const parts: Tree[] = [];
  const text = (kind: string | undefined, x: number | string, at: number, content: string) =>
    parts.push(h('text', { class: kind, x, y: at }, content));
  let y = padding + 15;
  text('title', padding, y, title);
  for (const [i, name] of series.entries()) {
    y += 19;
    parts.push(h('rect', { class: `b${i}`, x: padding, y: y - 10, width: 11, height: 11, rx: 2 }));
    text('soft', padding + 17, y, name);
  }
  const one = fixed(padding + scale(1));
  const mark = (from: number, to: number, x = one) =>
    parts.push(h('line', { class: 'one', x1: x, x2: x, y1: from, y2: to }));
  y += 19;
  mark(y - 11, y + 2, String(padding + 5.5));
  text('soft', padding + 17, y, 'equal speed');
  y += 6;
  for (const { label, values: ofRow } of rows) {
    y += labelHeight;
    text(undefined, padding, y - 5, label);
    const top = y;
    for (const [i, value] of ofRow.entries()) {
      if (value !== null) {
        const length = scale(value);
        // The figure stands beside the line as well.
        const beside = fixed(padding + Math.max(length, scale(1)) + 5);
        const bar = { x: padding, y, width: fixed(length), height: barHeight };
        parts.push(h('rect', { class: `b${i}`, ...bar, rx: 2 }));
        text('value', beside, y + 9.5, ratio(value));
      }
      y += barStep;
    }
    mark(top - 2, y);
    y += 2;
  }
  const height = y + padding;
  const size = { viewBox: `0 0 ${width} ${height}`, width, height };
  const ground = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10 };
  const svg = h(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...size, role: 'img' },
    h('title', {}, title),
    h('style', {}, style),
    h('rect', { class: 'ground', ...ground }),
    ...parts,
  );
  return `${toHTML(svg)}\n`;
}
