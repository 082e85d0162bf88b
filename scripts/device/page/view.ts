/** View of the page: the run, its parts, and the report. */
import { toElement, toNodes } from '../../lib/inPage/element.js';
import { h, type Tree } from '../../report/html.js';
import { card, soft } from '../../report/markup.js';
import { type PartName, partNames, partTitles } from '../parts.js';
import { type DeviceReport, type JobResult, reportText } from '../results.js';
import { summaryOf } from '../summary.js';
import { shareButtons } from './share.js';

export type PartState = 'waiting' | 'running' | 'done' | 'failed' | 'skipped';

const marks: Record<PartState, string> = {
  waiting: '·',
  running: '▸',
  done: '✓',
  failed: '✗',
  skipped: '–',
};

const button = (label: string, onclick: () => void, name?: string) =>
  toElement(h('button', { type: 'button', class: name, onclick }, label));

export interface Actions {
  start(): void;
  /** Goes on with the run that was interrupted; absent if there is none. */
  resume?(): void;
  skip(): void;
  stop(): void;
}

/** Text of what a part was, from the results of its jobs. */
export function partText(jobs: readonly JobResult[]): { state: PartState; text: string } {
  const [failed, skipped] = (['failed', 'skipped'] as const).map((state) =>
    jobs.filter((job) => job.state === state),
  );
  const seconds = jobs.reduce((sum, job) => sum + job.seconds, 0);
  const time = `${Math.max(1, Math.round(seconds))} s`;
  if (failed.length > 0) return { state: 'failed', text: `${failed.length} failed, ${time}` };
  if (skipped.length === jobs.length) return { state: 'skipped', text: 'left out' };
  return { state: 'done', text: time };
}

function introduction(warnings: readonly string[]): Tree[] {
  return [
    h('h1', {}, 'How does this device compute?'),
    h(
      'p',
      {},
      'This page runs tfjs-backend-tiled on this device: first whether its results are right, then how ' +
        'fast it is beside stock TensorFlow.js. Nothing is sent: in the end you get a file.',
    ),
    soft('About 6 minutes. Plug in the charger, and keep this page in front.'),
    ...warnings.map((text) => h('p', { class: 'bad' }, text)),
  ];
}

export interface View {
  /** Shows that the run goes on, with its progress from 0 to 1 and the time left. */
  setRun(head: string, left: string, done: number): void;
  /** Shows a line on what is done now. */
  say(text: string): void;
  setPart(part: PartName, state: PartState, text: string): void;
  /** Shows the report in place of the progress. */
  finish(report: DeviceReport): void;
  setRunning(isRunning: boolean): void;
}

/** Builds the page. */
export function makeView(actions: Actions, warnings: readonly string[]): View {
  const head = toElement(h('b'));
  const left = toElement(h('span'));
  const overall = toElement(h('progress', { max: 1, value: 0, 'aria-label': 'All parts' }));
  const line = toElement(h('p', { class: 'line' }));
  const status = toElement(h('p', { class: 'soft', role: 'status', id: 'status' }));
  const resume = actions.resume && button('Continue', actions.resume, 'primary');
  const start = button(
    resume ? 'Start anew' : 'Start',
    actions.start,
    resume ? undefined : 'primary',
  );
  const begin = toElement(h('div', { class: 'row' }, resume ?? null, start));
  const skip = button('Skip this part', actions.skip);
  const stop = button('Stop', actions.stop);
  const progress = toElement(
    h(
      'div',
      { id: 'progress', hidden: true },
      h('p', { class: 'now' }, head, left),
      overall,
      line,
      h('div', { class: 'row' }, skip, stop),
    ),
  );
  const parts = new Map(
    partNames.map((part) => {
      const mark = toElement(h('span', { class: 'mark', 'aria-hidden': 'true' }, marks.waiting));
      const text = toElement(h('span'));
      const row = toElement(h('li', { class: 'waiting' }, mark, partTitles[part], text));
      return [part, { row, mark, text }];
    }),
  );
  const rows = [...parts.values()].map(({ row }) => row);
  const run = h(
    'section',
    { class: 'card' },
    begin,
    progress,
    h('ol', { class: 'parts' }, ...rows),
  );
  const done = toElement(h('div', { id: 'done' }));
  const result = toElement(h('div', { id: 'result' }));
  document.body.prepend(...toNodes([...introduction(warnings), status, done, run, result]));
  return {
    setRun: (text, leftText, part) => {
      head.textContent = text;
      left.textContent = leftText;
      overall.value = part;
    },
    say: (text) => {
      line.textContent = text;
    },
    setPart: (part, state, text) => {
      const shown = parts.get(part)!;
      shown.row.className = state;
      shown.mark.textContent = marks[state];
      shown.text.textContent = text;
    },
    setRunning: (isRunning) => {
      begin.hidden = isRunning;
      progress.hidden = !isRunning;
      for (const old of isRunning ? [done, result] : []) old.replaceChildren();
      if (isRunning) status.textContent = '';
      // The button that had the focus is gone.
      if (isRunning) skip.focus({ preventScroll: true });
    },
    finish: (report) => {
      const isWhole = report.finishedAt !== null;
      start.textContent = 'Start anew';
      start.className = '';
      if (isWhole) resume?.remove();
      // The next thing to do comes first: to send the report, or to go on.
      done.replaceChildren(...toNodes(isWhole ? [handOver(report)] : []));
      const rest = isWhole ? [] : [handOver(report)];
      result.replaceChildren(...toNodes([...rest, ...summaryOf(report)]));
      status.textContent = isWhole ? 'Finished.' : 'The last run was interrupted.';
    },
  };
}

/** Makes the card that says what to do with the report. */
function handOver(report: DeviceReport): Tree {
  const said = toElement(h('p', { class: 'soft', role: 'status' }));
  const kilobytes = Math.ceil(reportText(report).length / 1000);
  return card(
    report.finishedAt === null ? 'The run so far' : 'Done: send the report',
    h(
      'ol',
      { class: 'steps' },
      h('li', {}, `Get the file of ${kilobytes} kB by one of the buttons.`),
      h(
        'li',
        {},
        'Open an issue in the repository of tfjs-backend-tiled, titled with your device.',
      ),
      h('li', {}, 'Attach the file, and write what kind of phone or computer it is.'),
    ),
    shareButtons(report, (text) => {
      said.textContent = text;
    }),
    said,
  );
}
