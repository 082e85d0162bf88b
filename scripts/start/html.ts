/** The report of the main job: one self-contained HTML text. */
import { models } from '../models/table.js';
import { escaped, htmlDocument } from '../report/markup.js';
import { reportStyle } from '../report/style.js';
import { megabytes, ms, ratio, small } from '../report/table.js';
import type { ModelRun, Outcome, StartRow } from './results.js';
import { faultsOf } from './verdict.js';

export { reportStyle };

const isOurs = (backend: string) => backend.startsWith('tiled');

const label = (backend: string) => (isOurs(backend) ? backend : `stock ${backend}`);

const ours = (backend: string) => (isOurs(backend) ? ' class="ours"' : '');

function bar(name: string, part: number, text: string, isAccent: boolean): string {
  // Leave room for the text beside the longest bar.
  const width = `calc((100% - var(--beside, 5.5rem)) * ${part.toFixed(4)})`;
  const track = isAccent ? 'track ours' : 'track';
  return `<div class="bar"><span>${escaped(name)}</span><span class="${track}"><i style="width:${width}"></i><b>${text}</b></span></div>`;
}

function chart(title: string, rows: readonly StartRow[], field: 'medianMs' | 'firstMs'): string {
  const longest = Math.max(...rows.map((row) => row[field]));
  const bars = rows.map((row) =>
    bar(row.backend, row[field] / longest, `${ms(row[field])} ms`, isOurs(row.backend)),
  );
  return `<div><h3>${title}</h3>${bars.join('')}</div>`;
}

function figure(url: string, title: string, note: string): string {
  return `<figure><img src="${url}" alt="${escaped(title)}"><figcaption>${escaped(title)}<span>${escaped(note)}</span></figcaption></figure>`;
}

/** Describes the largest difference, in units of a picture's values (0 to 255). */
function note(rows: readonly StartRow[], backend: string): string {
  const row = rows.find((candidate) => candidate.backend === backend);
  if (row === undefined || row.maxAbs === null) return 'not finite';
  return row.maxAbs === 0 ? 'identical' : `largest ${small(row.maxAbs)} of 255`;
}

/** Lays out one column per picture, so that each difference is below its picture. */
function pictures({ rows, view }: ModelRun): string {
  const { side, amplification, outcomes } = view;
  const after = outcomes.map(({ backend, picture }) =>
    figure(picture!.url, label(backend), `after, ${picture!.width} x ${picture!.height}`),
  );
  const differences = outcomes
    .filter((outcome) => outcome.difference !== undefined)
    .map((outcome) => figure(outcome.difference!, outcome.backend, note(rows, outcome.backend)));
  return `<h3>Before and after</h3>
<div class="pictures" style="--columns:${1 + outcomes.length}">
${figure(view.input, 'The picture', `before, ${side} x ${side}`)}${after.join('')}
<p class="aside">Difference to stock webgl,<br>times ${amplification.toLocaleString('en')}</p>${differences.join('')}</div>`;
}

function classBars({ backend, top = [] }: Outcome): string {
  const bars = top.map(({ classIndex, probability }) =>
    bar(`class ${classIndex}`, probability, `${(100 * probability).toFixed(2)}%`, isOurs(backend)),
  );
  return `<div><strong>${label(backend)}</strong>${bars.join('')}</div>`;
}

function classes({ view }: ModelRun): string {
  const { side, input, outcomes } = view;
  return `<h3>What it sees: the most probable classes, by their index</h3><div class="classes">
${figure(input, 'The picture', `${side} x ${side}`)}${outcomes.map(classBars).join('')}</div>`;
}

const columns: [string, (row: StartRow) => string][] = [
  ['backend', (row) => label(row.backend)],
  ['first run', (row) => `${ms(row.firstMs)} ms`],
  ['steady', (row) => `${ms(row.medianMs)} ms`],
  ['ratio', (row) => ratio(row.ratio)],
  ['max abs', (row) => small(row.maxAbs)],
  ['max rel', (row) => small(row.maxRel)],
  ['programs', (row) => String(row.programs)],
  ['GPU memory', (row) => megabytes(row.gpuBytes)],
  ['leaked', (row) => String(row.leakedTensors)],
];

function table(rows: readonly StartRow[]): string {
  const head = columns.map(([name]) => `<th>${name}</th>`).join('');
  const body = rows.map(
    (row) =>
      `<tr${ours(row.backend)}>${columns.map(([, text]) => `<td>${text(row)}</td>`).join('')}</tr>`,
  );
  return `<h3>All figures</h3><div class="scroll"><table><tr>${head}</tr>${body.join('')}</table></div>`;
}

function verdict(run: ModelRun): string {
  const faults = faultsOf(run);
  if (faults.length > 0) {
    return faults.map((fault) => `<p class="verdict bad">${escaped(fault)}</p>`).join('');
  }
  const webgl = run.rows.find(({ backend }) => backend === 'tiled-webgl');
  const speed =
    webgl === undefined
      ? ''
      : `tiled-webgl runs at ${ratio(webgl.ratio)} the speed of stock webgl. `;
  return `<p class="verdict">${speed}<span class="good">Every tiled backend agrees with it, and no tensor leaked.</span></p>`;
}

function account({ view: { variants, ladder } }: ModelRun): string {
  if (variants.length === 0) return '';
  const rows = variants.map(
    ({ kernel, variant, count }) =>
      `<tr><td>${kernel}</td><td>${variant}</td><td>${count}</td></tr>`,
  );
  const steps = ladder.map((step) => `<p class="bad">${escaped(step)}</p>`).join('');
  return `${steps}<details><summary>What ran on tiled-webgl</summary><div class="scroll"><table>
<tr><th>kernel</th><th>variant</th><th>in one run</th></tr>${rows.join('')}</table></div></details>`;
}

function section(run: ModelRun): string {
  const { view, rows, missing } = run;
  const info = models.find(({ name }) => name === view.model);
  const skipped = missing.filter(({ failed }) => !failed);
  const skips = skipped.map(
    ({ backend, reason }) => `<p class="soft">${label(backend)} skipped: ${escaped(reason)}.</p>`,
  );
  return `<section class="card"><h2>${view.model}</h2><p class="soft">${escaped(info?.about ?? '')}</p>
${verdict(run)}
<div class="charts">${chart('A steady run', rows, 'medianMs')}${chart('The first run, with compiling', rows, 'firstMs')}</div>
${skips.join('')}
${info?.output === 'picture' ? pictures(run) : classes(run)}
${table(rows)}
${account(run)}</section>`;
}

/** Returns the content of a page's body, without the style. */
export function reportBody(runs: readonly ModelRun[]): string {
  const [{ device }] = runs;
  return `<h1>Real models on tfjs-backend-tiled</h1>
<p class="soft">${escaped(device.renderer)}</p><p class="soft">${escaped(device.userAgent)}</p>
${runs.map(section).join('\n')}
<footer class="soft">
<p>A run goes from values in memory to values in memory. Steady is the median of the later runs, taken in rounds over all backends. The ratio is stock webgl's time / this time: more than 1 is faster.</p>
<p>max abs is the largest difference of an output value to stock webgl's; max rel is that over stock's largest output value. Programs are the WebGL programs that the model's runs linked. GPU memory includes what is kept for reuse. Leaked counts tensors and buffers that are left after all runs.</p>
</footer>`;
}

/** Returns the report as a complete HTML document. */
export function reportHtml(runs: readonly ModelRun[]): string {
  return htmlDocument('tfjs-backend-tiled', reportStyle, reportBody(runs));
}
