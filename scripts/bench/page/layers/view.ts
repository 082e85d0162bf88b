/** The benchmark's table, for a user who opened the page by hand. */

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

function addRow(table: HTMLTableElement, tag: 'th' | 'td', cells: string[], name = ''): void {
  const row = table.insertRow();
  row.className = name;
  for (const text of cells) row.appendChild(document.createElement(tag)).textContent = text;
}

/**
 * Builds the page. Returns functions that set the line at the top, add a row, and show the result.
 */
export function makeView(title: string) {
  const look = document.head.appendChild(document.createElement('style'));
  look.textContent = style;
  document.body.appendChild(document.createElement('h1')).textContent = title;
  const line = document.body.appendChild(document.createElement('p'));
  const table = document.createElement('table');
  document.body.appendChild(document.createElement('div')).appendChild(table);
  addRow(
    table,
    'th',
    columns.map(([name]) => name),
  );
  return {
    say: (text: string) => {
      line.textContent = text;
    },
    add: (row: BenchRow) =>
      addRow(
        table,
        'td',
        columns.map(([, text]) => text(row)),
        row.ok ? '' : 'bad',
      ),
    /** Replaces the page with the report. */
    finish: (result: BenchResult) => {
      look.textContent = benchReportStyle;
      document.body.innerHTML = benchBody(result);
    },
  };
}
