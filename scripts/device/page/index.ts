/**
 * Page for owners of a device: measures it in parts, and hands them the report. Options: `quick`, a run
 * that only shows that everything works; `autorun`, which starts it at once.
 */
import { version } from '../../../package.json';
import { toElement } from '../../lib/inPage/element.js';
import { h } from '../../report/html.js';
import { type Job, jobsOf, type PartName, partNames, partTitles } from '../parts.js';
import { type DeviceReport, newReport } from '../results.js';
import { leftText, partDone, secondsLeft } from '../timeLeft.js';
import { Conductor } from './conductor.js';
import { type Kept, keep, readKept } from './store.js';
import { deviceStyle } from './style.js';
import { makeView, partText } from './view.js';

const options = new URLSearchParams(location.search);
const amount = options.has('quick') ? 'quick' : 'full';

document.head.append(toElement(h('style', {}, deviceStyle)));

const fromFile =
  'This page was opened from a file: browsers then do not let it read the weights of the nets, so the ' +
  'last two parts are left out.';
const warnings = location.protocol === 'file:' ? [fromFile] : [];

const last = readKept();
const isInterrupted = last !== null && last.report.finishedAt === null;

let conductor: Conductor | null = null;

/** Keeps the screen on, where the browser can. */
async function stayAwake(): Promise<() => void> {
  try {
    const lock = await navigator.wakeLock.request('screen');
    return () => lock.release();
  } catch {
    return () => {};
  }
}

/** Shows what the report says of the parts. */
function showParts({ jobs }: DeviceReport, all: readonly Job[]): void {
  for (const part of partNames) {
    const ofPart = jobs.filter((job) => job.part === part);
    const isWhole = all.filter((job) => job.part === part).length === ofPart.length;
    if (!isWhole || ofPart.length === 0) view.setPart(part, 'waiting', '');
    else {
      const { state, text } = partText(ofPart);
      view.setPart(part, state, text);
    }
  }
}

async function run(kept: Kept): Promise<void> {
  if (conductor !== null) return;
  const jobs = jobsOf(kept.report.amount);
  const begun = performance.now();
  /** Finished parts of the jobs; those of an earlier visit tell nothing of this device's speed. */
  const done = new Map(kept.report.jobs.map(({ id }) => [id, 1]));
  const left = jobs.filter(({ id }) => !done.has(id) && id !== kept.running);
  const shares = (of: readonly Job[]) =>
    of.map(({ id, seconds }) => ({ seconds, done: done.get(id) ?? 0 }));
  let now: Job | null = null;

  const show = () => {
    if (now === null) return;
    const { part, title } = now;
    const place = `Part ${partNames.indexOf(part) + 1} of ${partNames.length}: ${partTitles[part]}`;
    const elapsed = (performance.now() - begun) / 1000;
    const time = leftText(secondsLeft(shares(left), elapsed));
    view.setRun(title === '' ? place : `${place}, ${title}`, time, partDone(shares(jobs)));
  };
  const running = (part: PartName) => {
    const ofPart = jobs.filter((job) => job.part === part);
    view.setPart(part, 'running', `${Math.round(100 * partDone(shares(ofPart)))}%`);
  };

  conductor = new Conductor(jobs, kept, {
    onBegin: (job) => {
      now = job;
      running(job.part);
      view.say('starting ...');
      show();
    },
    onProgress: (job, text, part) => {
      if (part !== null) done.set(job.id, part);
      running(job.part);
      view.say(text);
      show();
    },
    onEnd: (job, _result, report) => {
      done.set(job.id, 1);
      showParts(report, jobs);
      show();
    },
  });
  showParts(kept.report, jobs);
  view.setRunning(true);
  // A browser may take its time over this.
  const awake = stayAwake();
  const timer = setInterval(show, 1000);
  try {
    const report = await conductor.run();
    showParts(report, jobs);
    view.setRunning(false);
    view.finish(report);
  } finally {
    clearInterval(timer);
    awake.then((release) => release());
    conductor = null;
  }
}

function startAnew(): void {
  const kept = { report: newReport(version, amount, new Date()), running: null };
  keep(kept);
  run(kept);
}

const view = makeView(
  {
    start: startAnew,
    ...(isInterrupted ? { resume: () => run(last) } : {}),
    skip: () => conductor?.skip(),
    stop: () => conductor?.stop(),
  },
  warnings,
);

if (last !== null) {
  showParts(last.report, jobsOf(last.report.amount));
  view.finish(last.report);
}
if (options.has('autorun')) startAnew();
