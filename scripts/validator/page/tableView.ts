/** The table of cases, split into pages. */
import { type CaseResult, outcomeOf } from '../../../src/validator/index.js';
import { h, type Tree } from '../../report/html.js';
import { idText } from './dom.js';
import { look } from './heatView.js';
import { anyOf, type Row } from './rows.js';
import { units, verdicts } from './verdicts.js';

const pageLength = 50;

const left = { class: 'left' };

export interface TableView {
  readonly rows: readonly Row[];
  /** Names of the runs, if there are two. */
  readonly names: readonly string[];
  readonly page: number;
  /** Number of rows that pass and can be folded. */
  readonly passing: number;
  /** True if they are among `rows`. */
  readonly isUnfolded: boolean;
  onOpen(row: Row): void;
  onPage(page: number): void;
  onFold(): void;
}

export function verdictMark(result: CaseResult): Tree {
  const outcome = outcomeOf(result);
  const { glyph, label } = verdicts[outcome];
  return h(
    'span',
    { class: 'verdictcell', title: label },
    h('span', { class: `mark ${look(outcome, result.error)}`, 'aria-hidden': 'true' }, glyph),
    h('span', {}, label),
  );
}

function outcomeCells(result: CaseResult | null): Tree[] {
  if (result === null) return [h('td', left, 'not run'), h('td', left, '–')];
  return [h('td', left, verdictMark(result)), h('td', left, units(result.error))];
}

function drawRow(row: Row, view: TableView): Tree {
  const some = anyOf(row);
  const button = h(
    'button',
    {
      ...{ class: 'mono', 'data-key': row.key, 'aria-label': some.id },
      onclick: () => view.onOpen(row),
    },
    ...idText(some.id),
  );
  const variant = some.variant === null ? null : h('small', {}, ` ${some.variant}`);
  const stock = Object.entries(some.stockError).map(([name, error]) => `${name} ${units(error)}`);
  const alone =
    row.results.length > 1
      ? []
      : [
          h('td', { class: 'phoneless' }, stock.join(', ') || '–'),
          h('td', { class: 'phoneless' }, some.ms.toFixed(some.ms < 10 ? 1 : 0)),
        ];
  return h(
    'tr',
    {},
    ...row.results.flatMap(outcomeCells),
    h('td', { class: 'id' }, button, variant),
    ...alone,
  );
}

function drawHead({ names }: TableView): Tree {
  const [own, ...others] = names;
  const runs = others.length === 0 ? [''] : [own, ...others];
  const outcomes = runs.flatMap((name) => [
    h('th', { scope: 'col', ...left }, name || 'verdict'),
    h('th', { scope: 'col', ...left }, 'error'),
  ]);
  const alone =
    others.length > 0
      ? []
      : [
          h('th', { scope: 'col', class: 'phoneless' }, 'stock error'),
          h('th', { scope: 'col', class: 'phoneless' }, 'ms'),
        ];
  return h('tr', {}, ...outcomes, h('th', { scope: 'col', class: 'id' }, 'case'), ...alone);
}

function drawFold({ passing, isUnfolded, onFold }: TableView): Tree {
  const text = `${isUnfolded ? 'Hide' : 'Show'} the ${passing} that pass`;
  const attributes = { 'data-key': 'fold', 'aria-expanded': String(isUnfolded), onclick: onFold };
  return h('button', attributes, text);
}

export function drawTable(view: TableView): Tree[] {
  const { rows } = view;
  const pages = Math.max(1, Math.ceil(rows.length / pageLength));
  const page = Math.min(view.page, pages - 1);
  const start = page * pageLength;
  const shown = rows.slice(start, start + pageLength);
  const table = h(
    'table',
    { class: 'cases', 'aria-label': 'Cases, the worst first' },
    h('thead', {}, drawHead(view)),
    h('tbody', {}, ...shown.map((row) => drawRow(row, view))),
  );
  const turn = (label: string, to: number) =>
    h(
      'button',
      { 'data-key': label, disabled: to < 0 || to >= pages, onclick: () => view.onPage(to) },
      label,
    );
  const where =
    rows.length > 0
      ? `${start + 1}–${start + shown.length} of ${rows.length}`
      : view.passing > 0
        ? 'All cases pass.'
        : 'No case passes the filter.';
  return [
    ...(rows.length > 0 ? [h('div', { class: 'scroll' }, table)] : []),
    h(
      'div',
      { class: 'row pager' },
      ...(pages > 1 ? [turn('Previous', page - 1), turn('Next', page + 1)] : []),
      h('span', { class: 'soft', id: 'shown' }, where),
      ...(view.passing > 0 ? [drawFold(view)] : []),
    ),
  ];
}
