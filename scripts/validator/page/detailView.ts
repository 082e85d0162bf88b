/**
 * The dialog that shows one case in full. A cell of the heat map opens its worst case and lists the
 * others.
 */
import type { CaseResult } from '../../../src/validator/index.js';
import { toNodes } from '../../lib/inPage/element.js';
import { type Child, h, type Tree } from '../../report/html.js';
import { rerunCommand } from '../command/rerun.js';
import { idText } from './dom.js';
import { anyOf, type Row } from './rows.js';
import { verdictMark } from './tableView.js';
import { units } from './verdicts.js';

export interface Detail {
  /** The place in the heat map, or '' for a case of the table. */
  readonly title: string;
  readonly rows: readonly Row[];
  readonly names: readonly string[];
  /** Backend of the first run. */
  readonly backend: string;
  /** True if the page has the backend. */
  readonly canRerun: boolean;
  /** Returns the address that reruns a result's case; null if no address can. */
  rerunAddress(result: CaseResult): string | null;
  onRerun(result: CaseResult): void;
}

const listed = 200;

/** Facts about a result, by name; each function returns a run's value. */
const facts: readonly [string, (result: CaseResult) => Child][] = [
  ['verdict', verdictMark],
  ['known failure', ({ expectation }) => expectation?.reason ?? null],
  ['variant', ({ variant }) => variant ?? "the backend's own choice"],
  ['worst error', ({ error }) => (error === null ? null : `${exact(error)} of the bound`)],
  ['first bad coordinate', ({ first }) => first && `[${first.at.join(', ')}]`],
  ['expected', ({ first }) => first && interval(first.expected, first.bound)],
  ['got', ({ first }) => first && String(first.actual)],
  ['error there', ({ first }) => first && `${exact(first.units)} times the bound`],
  ['error of stock', stockErrors],
  ['time', ({ ms }) => `${ms.toFixed(1)} ms for two runs`],
  ['in words', ({ message }) => message],
];

function exact(error: number): string {
  return Number.isFinite(error) ? String(Number(error.toPrecision(4))) : '∞';
}

function interval(expected: number, bound: number): string {
  if (!Number.isFinite(expected) || bound === 0) return `exactly ${expected}`;
  const digits = (value: number) => Number(value.toPrecision(9));
  return `${digits(expected - bound)} to ${digits(expected + bound)} (${digits(expected)} ± ${bound.toPrecision(3)})`;
}

function stockErrors({ stockError }: CaseResult): string | null {
  const all = Object.entries(stockError).map(
    ([name, error]) =>
      `${name}: ${error === null ? 'took no part' : `${units(error)} of the bound`}`,
  );
  return all.length === 0 ? null : all.join(', ');
}

function drawFacts(row: Row, names: readonly string[]): Tree {
  const rows = facts.flatMap(([name, tell]) => {
    const told = row.results.map((result) => (result === null ? null : tell(result)));
    if (told.every((value) => value === null)) return [];
    return [
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, name),
        ...told.map((value) => h('td', {}, value ?? '–')),
      ),
    ];
  });
  const head =
    names.length < 2
      ? null
      : h('tr', {}, h('th'), ...names.map((name) => h('th', { scope: 'col' }, name)));
  return h('div', { class: 'scroll' }, h('table', { class: 'facts' }, head, ...rows));
}

function drawActions(row: Row, detail: Detail): Tree[] {
  const own = row.results[0] ?? anyOf(row);
  if (!detail.canRerun) {
    return [h('p', { class: 'soft' }, 'This page lacks the backend; the command reruns the case.')];
  }
  const address = detail.rerunAddress(own);
  return [
    h('button', { class: 'primary rerun', onclick: () => detail.onRerun(own) }, 'Run again'),
    ...(address === null ? [] : [h('a', { class: 'button', href: address }, 'Link that runs it')]),
  ];
}

function drawOthers(detail: Detail, current: Row, onPick: (row: Row) => void): Tree | null {
  const { rows } = detail;
  if (rows.length < 2) return null;
  const more = rows.length > listed ? `, the first ${listed}` : '';
  return h(
    'details',
    { open: rows.length <= 12 },
    h('summary', {}, `All ${rows.length} cases here, the worst first${more}`),
    h(
      'div',
      { class: 'others' },
      ...rows.slice(0, listed).map((row) => {
        const some = anyOf(row);
        const variant = some.variant === null ? '' : ` ${some.variant}`;
        return h(
          'button',
          { 'aria-current': row === current ? 'true' : undefined, onclick: () => onPick(row) },
          verdictMark(some),
          h('span', { class: 'mono' }, `${some.id}${variant}`),
        );
      }),
    ),
  );
}

/** Fills the dialog with a row and opens it. */
export function showDetail(dialog: HTMLDialogElement, detail: Detail, row = detail.rows[0]): void {
  const { id, family } = anyOf(row);
  const command = rerunCommand(anyOf(row), {
    command: 'npx tfjs-conv-validate',
    backend: detail.backend,
    reference: Object.keys(anyOf(row).stockError),
  });
  const content = [
    h(
      'div',
      { class: 'head' },
      h('h2', { id: 'detail' }, detail.title || family),
      h('button', { onclick: () => dialog.close(), 'aria-label': 'Close' }, '✕'),
    ),
    h('p', { class: 'mono id' }, ...idText(id)),
    h('div', { class: 'row' }, ...drawActions(row, detail)),
    drawFacts(row, detail.names),
    h('p', { class: 'soft' }, 'In a terminal: ', h('code', { class: 'mono' }, command)),
    drawOthers(detail, row, (picked) => showDetail(dialog, detail, picked)),
  ];
  dialog.replaceChildren(...toNodes(content));
  if (!dialog.open) dialog.showModal();
}
