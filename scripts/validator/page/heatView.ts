/** The heat map of one run: a grid of buttons with one tab stop, navigated by arrow keys. */
import { type Outcome, outcomeOf } from '../../../src/validator/index.js';
import { h, type Tree } from '../../report/html.js';
import type { AxisName } from './axes.js';
import { type Cell, heatMap } from './cells.js';
import type { Row } from './rows.js';
import { shade, shadeFrom, units, verdictNames, verdicts } from './verdicts.js';

export interface HeatView {
  readonly rows: readonly Row[];
  readonly run: number;
  readonly title: string;
  readonly down: AxisName;
  readonly across: AxisName;
  onOpen(rows: readonly Row[], title: string): void;
}

/** Returns the classes that colour a result. */
export function look(outcome: Outcome, error: number | null): string {
  return outcome === 'pass' ? `pass shade${shade(error)}` : outcome;
}

/** Returns the largest error among the references. */
function stockError({ stockError }: Cell['worst']): number {
  return Math.max(...Object.values(stockError).map((error) => error ?? 0));
}

function cellText({ worst }: Cell): string {
  const outcome = outcomeOf(worst);
  if (outcome === 'pass') return units(worst.error);
  const { glyph } = verdicts[outcome];
  const error = outcome === 'stockWrong' ? stockError(worst) : worst.error;
  return error === null ? glyph : `${glyph} ${units(error)}`;
}

function cellName(cell: Cell, place: string): string {
  const { worst, failures, rows } = cell;
  const outcome = outcomeOf(worst);
  const many = outcome === 'pass' ? '' : `${failures} of `;
  const count = `${many}${rows.length} ${rows.length === 1 ? 'case' : 'cases'}`;
  const error = worst.error === null ? '' : `, worst error ${units(worst.error)} of the bound`;
  return `${place}: ${count} ${verdicts[outcome].label}${error}`;
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Moves the focus to the next cell in the arrow's direction, skipping empty cells. */
function move(event: KeyboardEvent): void {
  const step = steps[event.key];
  const from = (event.target as HTMLElement).closest('td');
  const table = from?.closest('table');
  if (!step || !from || !table) return;
  event.preventDefault();
  let row = (from.parentElement as HTMLTableRowElement).rowIndex;
  let column = from.cellIndex;
  for (;;) {
    row += step[0];
    column += step[1];
    const cell = table.rows[row]?.cells[column];
    if (cell?.tagName !== 'TD') return;
    const button = cell.querySelector('button');
    if (!button) continue;
    for (const other of table.querySelectorAll('button')) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
    return;
  }
}

/**
 * Returns the heat map as a table under its title.
 * @param tabStop key of the cell to make the tab stop, if the map has it
 */
export function drawHeatMap(view: HeatView, tabStop: string | undefined): Tree {
  const { rows, run, down, across, title } = view;
  const map = heatMap(rows, run, down, across);
  const places = map.down.map((d) =>
    map.across.map((a) => ({ d, a, key: `${run} ${d} ${a}`, cell: map.cell(d, a) })),
  );
  const keys = places.flat().flatMap(({ key, cell }) => (cell ? [key] : []));
  const tabbed = keys.find((key) => key === tabStop) ?? keys[0];
  const draw = ({ d, a, key, cell }: (typeof places)[number][number]) => {
    if (!cell) return h('td');
    const place = `${down} ${d}, ${across} ${a}`;
    const name = cellName(cell, place);
    const changed = cell.rows.some((row) => row.changed) ? ' changed' : '';
    const button = h(
      'button',
      {
        class: look(outcomeOf(cell.worst), cell.worst.error) + changed,
        title: name,
        'aria-label': changed ? `${name}, changed` : name,
        'data-key': key,
        tabindex: key === tabbed ? 0 : -1,
        onclick: () => view.onOpen(cell.rows, place),
      },
      cellText(cell),
    );
    return h('td', {}, button);
  };
  const body = map.down.map((d, i) =>
    h('tr', {}, h('th', { scope: 'row' }, d), ...places[i].map(draw)),
  );
  const head = map.across.map((a) => h('th', { scope: 'col' }, a));
  const table = h(
    'table',
    {
      class: 'map',
      'aria-label': `${title}: ${down} by ${across}`,
      onkeydown: move as EventListener,
    },
    h(
      'thead',
      {},
      h('tr', {}, h('td'), h('th', { class: 'axis', colspan: map.across.length }, `${across} →`)),
      h('tr', {}, h('th', { class: 'axis' }, `${down} ↓`), ...head),
    ),
    h('tbody', {}, ...body),
  );
  return h(
    'div',
    {},
    title === '' ? null : h('h3', {}, title),
    h('div', { class: 'scroll' }, table),
  );
}

export function drawLegend(): Tree {
  const ramp = shadeFrom.map((_, i) => h('i', { class: `pass shade${i}` }));
  const failures = verdictNames
    .filter((name) => name !== 'pass')
    .map((name) =>
      h(
        'span',
        { title: verdicts[name].about },
        h('i', { class: `mark ${name}`, style: 'font-style:normal' }, verdicts[name].glyph),
        verdicts[name].label,
      ),
    );
  return h(
    'div',
    { class: 'legend' },
    h(
      'span',
      {},
      'pass, worst error',
      h('b', { class: 'ramp', 'aria-hidden': 'true' }, ...ramp),
      '0 to 1 of the bound',
    ),
    ...failures,
  );
}
