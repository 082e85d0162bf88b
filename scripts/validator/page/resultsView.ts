/** Results of a run: counts, filters, heat map and table, with files to open and to save. */
import {
  isFailure,
  isUnexpected,
  type ValidationReport,
  writeJson,
} from '../../../src/validator/index.js';
import { toElement, toNodes } from '../../lib/inPage/element.js';
import { download as handOver } from '../../lib/inPage/handOver.js';
import { h, type Tree } from '../../report/html.js';
import { type AxisPair, axisNames, usualAxes } from './axes.js';
import { fileButton, redraw, select } from './dom.js';
import { makeFilterBar } from './filterBar.js';
import { drawHeatMap, drawLegend } from './heatView.js';
import { readReport } from './report.js';
import { type Filter, foldable, keep, type Row, rowsOf } from './rows.js';
import { drawTable } from './tableView.js';

/** A run and its name. */
export interface ShownRun {
  readonly report: ValidationReport;
  readonly name: string;
}

export interface ResultsActions {
  open(rows: readonly Row[], title: string): void;
  load(report: ValidationReport, name: string): void;
  /** Shows a report beside the run; null ends the comparison. */
  compare(report: ValidationReport | null, name: string): void;
  fail(text: string): void;
}

export interface ResultsView {
  readonly element: HTMLElement;
  draw(own: ShownRun | null, other: ShownRun | null): void;
  rowOf(key: string): Row | undefined;
}

function download(report: ValidationReport): void {
  const name = `validate-${report.device.backend}.json`;
  handOver(new File([writeJson(report, 1)], name, { type: 'application/json' }));
}

function about({ report, name }: ShownRun): Tree {
  const { device, versions, grid } = report;
  const { backend, reference, renderer, userAgent } = device;
  const beside = reference.length > 0 ? ` beside stock ${reference.join(' and ')}` : '';
  const version = versions?.tfjs ? `, tfjs ${versions.tfjs}` : '';
  return h(
    'div',
    {},
    h('p', {}, h('strong', {}, name), ` · ${backend}${beside} · ${grid}${version}`),
    h('p', { class: 'soft' }, [renderer, userAgent].filter(Boolean).join(' · ')),
  );
}

/** Returns the run's summary in a sentence. */
function headline({ report }: ShownRun, rows: readonly Row[], isCompared: boolean): Tree {
  if (isCompared) {
    const changed = rows.filter((row) => row.changed).length;
    const text =
      changed === 0
        ? 'Both runs give every case the same verdict.'
        : `${changed} ${changed === 1 ? 'verdict differs' : 'verdicts differ'} between the runs: the dashed cells.`;
    return h('p', { class: `headline ${changed === 0 ? 'good' : 'bad'}` }, text);
  }
  const judged = report.cases.filter(({ error }) => error !== null);
  const wrong = judged.filter(({ verdict }) => isFailure(verdict)).length;
  const { backend } = report.device;
  const { xfail, xpass } = report.counts;
  const known = xfail === 0 ? '' : `, ${xfail === wrong ? 'as' : `${xfail} of them`} known`;
  const said = [
    wrong === 0
      ? `${backend} is within the bound in all ${judged.length} results.`
      : `${backend} is wrong in ${wrong} of ${judged.length} results${known}.`,
    ...(xpass === 0 ? [] : [`${xpass} ${xpass === 1 ? 'passes' : 'pass'} unexpectedly.`]),
  ].join(' ');
  return judged.some(isUnexpected)
    ? h('p', { class: 'headline bad' }, `✕ ${said}`)
    : h('p', { class: 'headline good' }, `✓ ${said}`);
}

export function makeResultsView(on: ResultsActions): ResultsView {
  let own: ShownRun | null = null;
  let other: ShownRun | null = null;
  let rows: Row[] = [];
  let filter: Filter = { verdict: 'all', family: '', text: '' };
  let page = 0;
  let isUnfolded = false;
  let axis: AxisPair = usualAxes([]);
  /** True once a user has chosen an axis. */
  let isChosen = false;

  const read = (take: (report: ValidationReport, name: string) => void) => {
    return (text: string, fileName: string) => {
      try {
        take(readReport(text), fileName.replace(/\.json$/, ''));
      } catch (error) {
        on.fail(`${fileName}: ${(error as Error).message}`);
      }
    };
  };
  const save = toElement(
    h('button', { id: 'save', onclick: () => own && download(own.report) }, 'Download JSON'),
  );
  const open = fileButton('Open a report', read(on.load));
  const compare = toElement(fileButton('Compare with a report', read(on.compare)));
  const endCompare = toElement(
    h('button', { onclick: () => on.compare(null, '') }, 'End comparison'),
  );
  const files = h(
    'div',
    { class: 'row', style: 'margin-top:1.25rem' },
    open,
    compare,
    endCompare,
    save,
  );

  const headings = toElement(h('div'));
  const filters = makeFilterBar(filter, (part) => {
    filter = { ...filter, ...part };
    page = 0;
    drawRows();
  });
  const maps = toElement(h('div', { id: 'maps' }));
  const table = toElement(h('div', { id: 'cases' }));
  const axisChoices = axisNames.map((name) => [name, name] as const);
  const chooseAxis = (label: string, which: 'down' | 'across') => {
    return select(label, axisChoices, axis[which], (name) => {
      axis = { ...axis, [which]: name };
      isChosen = true;
      drawRows();
    });
  };
  const down = chooseAxis('Down', 'down');
  const across = chooseAxis('Across', 'across');
  const panels = toElement(
    h(
      'div',
      {},
      h('section', { class: 'card', 'aria-label': 'Summary' }, headings, filters.element),
      h(
        'section',
        { class: 'card', 'aria-label': 'Heat map' },
        h('h2', {}, 'Heat map'),
        h('div', { class: 'row' }, down.element, across.element),
        maps,
        drawLegend(),
        h('p', { class: 'soft phoneless' }, 'Arrow keys move between cells, Enter opens one.'),
      ),
      h('section', { class: 'card', 'aria-label': 'Cases' }, h('h2', {}, 'Cases'), table),
    ),
  );

  function drawRows(): void {
    const runs = [own, other].filter((run) => run !== null);
    const names = runs.length > 1 ? runs.map(({ name }) => name) : [''];
    const shown = rows.filter((row) => keep(row, filter));
    filters.update(own?.report.cases ?? [], rows, filter);
    const stop = maps.querySelector<HTMLElement>('button[tabindex="0"]')?.dataset.key;
    const drawn = names.map((title, run) =>
      drawHeatMap({ rows: shown, run, title, ...axis, onOpen: on.open }, stop),
    );
    redraw(maps, h('div', { class: names.length > 1 ? 'maps two' : 'maps' }, ...drawn));
    const passing = new Set(foldable(shown, filter));
    const listed = isUnfolded ? shown : shown.filter((row) => !passing.has(row));
    redraw(
      table,
      ...drawTable({
        rows: listed,
        names,
        page,
        passing: passing.size,
        isUnfolded,
        onFold: () => {
          isUnfolded = !isUnfolded;
          page = 0;
          drawRows();
        },
        onOpen: (row) => on.open([row], ''),
        onPage: (to) => {
          page = to;
          drawRows();
        },
      }),
    );
  }

  return {
    element: toElement(h('div', {}, files, panels)),
    rowOf: (key) => rows.find((row) => row.key === key),
    draw: (nextOwn, nextOther) => {
      own = nextOwn ?? nextOther;
      other = nextOwn === null ? null : nextOther;
      rows = rowsOf([own, other].flatMap((run) => (run === null ? [] : [run.report.cases])));
      const isEmpty = rows.length === 0;
      panels.hidden = isEmpty;
      for (const button of [save, compare]) button.hidden = isEmpty;
      endCompare.hidden = other === null;
      if (isEmpty) return;
      if (!isChosen) {
        axis = usualAxes(own!.report.cases);
        [down.input.value, across.input.value] = [axis.down, axis.across];
      }
      const said = headline(own!, rows, other !== null);
      const shown = [own, other].filter((run) => run !== null);
      headings.replaceChildren(...toNodes([said, ...shown.map(about)]));
      drawRows();
    },
  };
}
