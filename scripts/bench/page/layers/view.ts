/** The benchmark's table, for a user who opened the page by hand. */

import { toElement, toNodes } from '../../../lib/inPage/element.js';
import { h } from '../../../report/html.js';
import { ms, ratio, small } from '../../../report/table.js';
import { benchBody, benchReportStyle } from '../../report/layerHtml.js';
import type { BenchResult, BenchRow } from '../../results.js';

const style = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
th { border-bottom: 1px solid #8888; }
.bad { color: light-dark(#b00020, #ff8a80); }
`;

const columns: [string, (row: BenchRow) => string][] = [
  ['layer', (row) => row.id],
  ['vs', (row) => row.vs],
  ['ms', (row) => ms(row.ms)],
  ['vs ms', (row) => ms(row.vsMs)],
  ['ratio', (row) => ratio(row.ratio)],
  ['GFLOP/s', (row) => row.gflops?.toFixed(1) ?? '-'],
  ['difference', (row) => (row.ms === null ? '' : small(row.maxRel))],
  ['', (row) => row.error ?? ''],
];

const row = (tag: 'th' | 'td', cells: readonly string[], name?: string) =>
  h('tr', { class: name }, ...cells.map((text) => h(tag, {}, text)));

/**
 * Builds the page. Returns functions that set the line at the top, add a row, and show the result.
 */
export function makeView(title: string) {
  const look = toElement(h('style', {}, style));
  const line = toElement(h('p'));
  const head = columns.map(([name]) => name);
  const table = toElement(h('table', {}, row('th', head)));
  document.head.append(look);
  document.body.append(...toNodes([h('h1', {}, title), line, h('div', {}, table)]));
  return {
    say: (text: string) => {
      line.textContent = text;
    },
    add: (result: BenchRow) => {
      const cells = columns.map(([, text]) => text(result));
      table.append(toElement(row('td', cells, result.ok ? undefined : 'bad')));
    },
    /** Replaces the page with the report. */
    finish: (result: BenchResult) => {
      look.textContent = benchReportStyle;
      document.body.replaceChildren(...toNodes(benchBody(result)));
    },
  };
}
