/** The page's state, and the actions that change it. */
import {
  type CaseResult,
  countResults,
  type ValidationReport,
  withReason,
} from '../../../src/validator/index.js';
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';
import { addressOf } from './address.js';
import { addModule, backends, isAvailable } from './backends.js';
import { type Controls, makeControls } from './controls.js';
import { showDetail } from './detailView.js';
import { makeExamples } from './examples.js';
import { makeResultsView, type ShownRun } from './resultsView.js';
import { keyOf, type Row } from './rows.js';
import { type Run, type Setup, startRun } from './run.js';

/** Minimum number of milliseconds between two redraws during a run. */
const DRAW_MS = 250;

/** Divisor of a run's time: at most one part in this many goes to drawing. */
const DRAW_SHARE = 8;

/** Page of the package, whose README explains the validator. */
const documentation = 'https://www.npmjs.com/package/tfjs-conv-validate';

export interface App {
  readonly element: HTMLElement;
  /** Starts the setup in the controls; during a run, pauses or resumes it. */
  start(): void;
  /**
   * Loads a script that registers a backend and selects that backend. Returns false if loading
   * failed, after showing the reason.
   */
  add(url: string, name: string): Promise<boolean>;
  /** Shows a finished run. */
  show(report: ValidationReport, name: string): void;
  say(text: string, isError: boolean): void;
}

const now = () => performance.now();

/** Returns the report of an unfinished run. Its renderer and versions are known only at the end. */
function partial(setup: Setup, cases: readonly CaseResult[]): ValidationReport {
  const { backend, reference } = setup;
  const device = { userAgent: navigator.userAgent, renderer: '', backend, reference };
  return {
    device,
    versions: { tfjs: '', package: '' },
    seed: 1,
    grid: setup.q || setup.grid,
    counts: countResults(cases),
    cases,
  };
}

function summary(cases: readonly CaseResult[], wasStopped: boolean): string {
  const wrong = cases.filter(({ error }) => error !== null && error > 1).length;
  const what = wrong === 0 ? 'none wrong' : `${wrong} wrong`;
  return `${wasStopped ? 'Stopped' : 'Finished'}: ${cases.length} results, ${what}.`;
}

export function makeApp(setup: Setup): App {
  /**
   * The data-key of the element that opened the dialog; the element itself may have been redrawn.
   */
  let opener: string | undefined;
  const onclose = () => {
    if (opener === undefined) return;
    results.element.querySelector<HTMLElement>(`[data-key="${CSS.escape(opener)}"]`)?.focus();
  };
  const dialog = toElement(h('dialog', { 'aria-labelledby': 'detail', onclose }));
  let own: ShownRun | null = null;
  let other: ShownRun | null = null;
  let active: { run: Run; isPaused: boolean; wasStopped: boolean } | null = null;

  const controls: Controls = makeControls(setup, { primary, stop, addScript });
  const examples = makeExamples();
  const results = makeResultsView({
    open: (rows, title) => openDetail(rows, title),
    load: (report, name) => {
      own = { report, name };
      draw();
    },
    compare: (report, name) => {
      other = report === null ? null : { report, name };
      draw();
    },
    fail: (text) => controls.say(text, true),
  });

  function draw(): void {
    examples.hidden = own !== null || other !== null;
    results.draw(own, other);
  }

  function openDetail(rows: readonly Row[], title: string): void {
    if (!dialog.open) opener = (document.activeElement as HTMLElement | null)?.dataset.key;
    showDetail(dialog, {
      title,
      rows,
      names: other === null ? [] : [own?.name ?? '', other.name],
      backend: (own ?? other)?.report.device.backend ?? '',
      canRerun: isAvailable((own ?? other)?.report.device.backend ?? ''),
      rerunAddress: (result) => {
        const again = setupOf(result);
        return again && (backends.includes(again.backend) || again.module)
          ? addressOf(again)
          : null;
      },
      onRerun: (result) => rerun(result),
    });
  }

  /** Returns the setup that reruns a result's case; null if this page lacks the backend. */
  function setupOf(result: CaseResult): Setup | null {
    const device = own?.report.device ?? other?.report.device;
    const backend = device?.backend ?? '';
    if (!isAvailable(backend)) return null;
    const reference = Object.keys(result.stockError);
    return {
      backend,
      reference,
      grid: 'core',
      q: result.id,
      variant: result.variant ?? '',
      module: backends.includes(backend) ? '' : setup.module,
    };
  }

  async function add(url: string, name: string): Promise<boolean> {
    try {
      const added = await addModule(url, name);
      const chosen = setup.module === url && setup.backend !== '' ? setup.backend : added[0];
      if (!added.includes(chosen)) {
        throw new Error(`backend=${chosen} is unknown; ${name} registers ${added.join(', ')}`);
      }
      controls.offer(added, chosen);
      controls.say(`${name} adds ${added.join(', ')}.`);
      return true;
    } catch (error) {
      controls.say((error as Error).message, true);
      return false;
    }
  }

  function addScript(text: string, name: string): void {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    add(url, name).finally(() => URL.revokeObjectURL(url));
  }

  function primary(): void {
    if (active === null) start(controls.read());
    else if (active.isPaused) {
      active.isPaused = false;
      active.run.resume();
      controls.setPhase('running');
      controls.say('Running.');
    } else {
      active.isPaused = true;
      active.run.pause();
      controls.setPhase('paused');
      controls.say('Paused.');
    }
  }

  function stop(): void {
    if (active === null) return;
    active.wasStopped = true;
    active.run.stop();
  }

  /** Runs a setup. `take` turns the run's report into the report to show. */
  async function start(
    asked: Setup,
    take: (report: ValidationReport) => ValidationReport = (report) => report,
  ): Promise<void> {
    const began = now();
    let nextDraw = 0;
    try {
      const run = startRun(asked, {
        onProgress: (done, total, cases) => {
          const isLast = done === total;
          const start = now();
          if (!isLast && start < nextDraw) return;
          controls.setProgress(done, total, (now() - began) / 1000);
          own = { report: take(partial(asked, cases)), name: 'this run' };
          draw();
          nextDraw = now() + Math.max(DRAW_MS, DRAW_SHARE * (now() - start));
        },
      });
      const mine = { run, isPaused: false, wasStopped: false };
      active = mine;
      controls.setPhase('running');
      controls.say('Running.');
      const report = await run.done;
      own = { report: take(report), name: 'this run' };
      controls.say(summary(report.cases, mine.wasStopped));
    } catch (error) {
      controls.say((error as Error).message, true);
    }
    active = null;
    controls.setPhase('idle');
    draw();
  }

  /** Runs one case again and replaces its old results. */
  async function rerun(result: CaseResult): Promise<void> {
    const again = setupOf(result);
    if (again === null || active !== null) return;
    const before = own?.report;
    await start(again, (report) => {
      if (!before) return report;
      const fresh = new Map(report.cases.map((one) => [keyOf(one), one]));
      const kept = before.cases.map((old) => {
        const again = fresh.get(keyOf(old));
        return again ? withReason(again, old.expectation?.reason ?? null) : old;
      });
      return { ...before, cases: kept, counts: countResults(kept) };
    });
    const row = results.rowOf(keyOf(result));
    if (row && dialog.open) openDetail([row], '');
  }

  draw();
  const main = h(
    'main',
    {},
    h('h1', {}, 'Convolution validator'),
    h(
      'p',
      { class: 'soft' },
      'Every case of a grid on a tfjs backend and on stock tfjs, judged by float64. ',
      'An error is told in units of the bound that float32 arithmetic allows: above 1 is wrong.',
    ),
    controls.element,
    examples,
    results.element,
    dialog,
    h(
      'footer',
      { class: 'soft' },
      h('a', { href: documentation }, 'Documentation'),
      ': grids, ids of cases, a backend of your own, and the command that does the same.',
    ),
  );
  return {
    element: toElement(main),
    start: primary,
    add,
    show: (report, name) => {
      own = { report, name };
      draw();
    },
    say: controls.say,
  };
}
