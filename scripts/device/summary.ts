/** Readable summary of a device report, as plain trees. */

import { type HostPageResult, hostRows } from '../bench/report/host.js';
import { hostColumns } from '../bench/report/hostText.js';
import { ratioBars } from '../bench/report/layerBars.js';
import { type NetPageResult, netRows } from '../bench/report/nets.js';
import { figureTiles } from '../bench/report/parts.js';
import { ratioSummary } from '../bench/report/summary.js';
import { variantHeat } from '../bench/report/variantHeat.js';
import type { BenchResult, BenchRow, NetRow } from '../bench/results.js';
import { type Child, h, type Tree } from '../report/html.js';
import { bar, card, htmlTable, isOurs, soft } from '../report/markup.js';
import { ms, percent, ratio } from '../report/table.js';
import { type PartName, partNames, partTitles } from './parts.js';
import type { CheckResult, DeviceDescription, DeviceReport, JobResult } from './results.js';

/** Returns the results of a part's jobs that are done, by the name after the part's. */
function resultsOf<T>({ jobs }: DeviceReport, part: PartName): Map<string, T> {
  const done = jobs.filter((job) => job.part === part && job.state === 'done');
  return new Map(done.map(({ id, result }) => [id.slice(part.length + 1), result as T]));
}

/** Returns what each job of a part that is not done says. */
function failuresOf({ jobs }: DeviceReport, part: PartName): Tree[] {
  return jobs
    .filter((job) => job.part === part && job.state !== 'done')
    .map(({ id, state, error = '' }) => {
      const [reason] = error.split('\n');
      return h('p', { class: state === 'failed' ? 'bad' : 'soft' }, `${id} ${state}: ${reason}`);
    });
}

function deviceFacts(device: DeviceDescription): Tree {
  const { renderer, userAgent, tiledInfo, targets, hasTimerQueries } = device;
  const info = tiledInfo as Readonly<Record<string, unknown>>;
  const facts: [string, string][] = [
    ['renderer', renderer],
    ['browser', userAgent],
    'error' in info
      ? ['tiled-webgl', `does not start: ${info.error}`]
      : ['family', `${info.device}, values stored as ${info.precision}`],
    [
      'targets of a draw',
      Object.entries(targets)
        .map((pair) => pair.join(' '))
        .join(', '),
    ],
    ['timer queries', hasTimerQueries ? 'yes' : 'no'],
  ];
  return h('dl', {}, ...facts.flatMap(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]));
}

function checkText({ counts, cases, wrong }: CheckResult): Child[] {
  const ofOurs = counts.backendWrong + counts.bothWrong;
  const text =
    ofOurs === 0
      ? `All ${cases} convolutions are right, within the error that float32 can have.`
      : `${ofOurs} of ${cases} convolutions are wrong.`;
  const stock = counts.stockWrong + counts.bothWrong;
  const list = wrong.map(({ id, verdict, message }) =>
    h('li', {}, `${verdict}: ${id}: ${message}`),
  );
  return [
    h('p', { class: ofOurs === 0 ? 'verdict good' : 'verdict bad' }, text),
    soft(`Stock webgl is wrong in ${stock} of them.`),
    list.length === 0
      ? null
      : h('details', {}, h('summary', {}, `The ${list.length} first ones`), h('ul', {}, ...list)),
  ];
}

/** Returns the rows of the layers, also if the job failed after some. */
function layerRows({ jobs }: DeviceReport): readonly BenchRow[] {
  const job = jobs.find(({ id }) => id === 'layers');
  return ((job?.result ?? job?.partial) as Pick<BenchResult, 'rows'> | undefined)?.rows ?? [];
}

function layersText(rows: readonly BenchRow[]): Child[] {
  if (rows.length === 0) return [];
  const { count, geomean, worst, worstId } = ratioSummary(rows);
  const failed = rows.filter(({ ok }) => !ok);
  return [
    figureTiles([
      [ratio(geomean), `the speed of stock webgl, mean of ${count} layers`],
      ...(worstId === null ? [] : [[ratio(worst), `the worst: ${worstId}`] as const]),
    ]),
    ...failed.map(({ id, error }) => h('p', { class: 'bad' }, `${id}: ${error}`)),
    h('details', {}, h('summary', {}, 'Each layer'), ratioBars(rows)),
  ];
}

function variantsText({ variants }: BenchResult): Child[] {
  if (variants === undefined) return [];
  const { count, within10, geomean } = variants.choice;
  return [
    h(
      'p',
      {},
      `What is chosen is within 10% of the best on ${percent(within10)} of ${count} layers; ` +
        `it takes ${geomean?.toFixed(2) ?? '-'} times the best's time on average.`,
    ),
    h('details', {}, h('summary', {}, 'Each variant'), ...variantHeat(variants.rows)),
  ];
}

function netBars(rows: readonly NetRow[]): Tree {
  const longest = Math.max(...rows.map(({ medianMs }) => medianMs));
  const [{ net }] = rows;
  const bars = rows.map(({ backend, medianMs }) =>
    bar(backend, medianMs / longest, `${ms(medianMs)} ms`, isOurs(backend)),
  );
  return h('div', {}, h('h3', {}, net), ...bars);
}

function netsText(results: ReadonlyMap<string, NetPageResult>): Child[] {
  if (results.size === 0) return [];
  const charts = [...results].flatMap(([net, { rows }]) =>
    rows.length === 0 ? [] : netBars(netRows(net, rows, rows)),
  );
  const failures = [...results.values()].flatMap((result) => result.failures);
  return [
    h('div', { class: 'charts' }, ...charts),
    ...failures.map(({ net, backend, reason }) =>
      h('p', { class: 'bad' }, `${net} on ${backend}: ${reason}`),
    ),
  ];
}

const shownHost = ['backend', 'host ms', 'calls', 'draws', 'whole ms'];
const hostTable = hostColumns.filter(([name]) => shownHost.includes(name));

function hostText(results: ReadonlyMap<string, HostPageResult>): Child[] {
  const nets = [
    ...new Set([...results.keys()].map((name) => name.replace(/\/(times|calls)$/, ''))),
  ];
  const tables = nets.flatMap((net): Tree[] => {
    const [timed, counted] = ['times', 'calls'].map((what) => results.get(`${net}/${what}`));
    if (timed === undefined) return [];
    const rows = hostRows(net, timed, counted ?? { ...timed, sides: [] });
    const table = htmlTable(
      hostTable.map(([name]) => name),
      rows.map((row) => hostTable.map(([, cell]) => cell(row))),
      (i) => (isOurs(rows[i].backend) ? 'ours' : undefined),
    );
    return [h('h3', {}, net), table];
  });
  if (tables.length === 0) return [];
  const how = 'host ms is what JavaScript and WebGL calls take in a prediction, without waiting.';
  return [...tables, soft(how)];
}

const first = <T>(results: ReadonlyMap<string, T>) => [...results.values()].slice(0, 1);

/** Content of the parts' cards, without what failed. */
const contents: Record<PartName, (report: DeviceReport) => Child[]> = {
  device: (report) => first(resultsOf<DeviceDescription>(report, 'device')).map(deviceFacts),
  check: (report) => first(resultsOf<CheckResult>(report, 'check')).flatMap(checkText),
  layers: (report) => layersText(layerRows(report)),
  variants: (report) => first(resultsOf<BenchResult>(report, 'variants')).flatMap(variantsText),
  nets: (report) => netsText(resultsOf(report, 'nets')),
  host: (report) => hostText(resultsOf(report, 'host')),
};

/** Returns a card for each part of which there is anything to say. */
export function summaryOf(report: DeviceReport): Tree[] {
  return partNames.flatMap((part) => {
    const hidden = report.jobs.some((job: JobResult) => job.part === part && job.wasHidden);
    const body = [
      ...contents[part](report),
      ...failuresOf(report, part),
      ...(hidden ? [soft('The page was in the background meanwhile: times may be too long.')] : []),
    ];
    return body.length === 0 ? [] : [card(partTitles[part], ...body)];
  });
}
