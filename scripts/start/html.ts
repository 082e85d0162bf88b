/** The report of the main job: one self-contained HTML text. */
import { models } from '../models/table.js';
import { type Child, h, type Tree } from '../report/html.js';
import { bar, htmlDocument, htmlTable, isOurs, soft } from '../report/markup.js';
import { reportStyle } from '../report/style.js';
import { megabytes, ms, ratio, small } from '../report/table.js';
import { choiceText, reasonText } from './choice.js';
import type { Face, ModelRun, Outcome, StartRow } from './results.js';
import { faultsOf } from './verdict.js';

const label = (backend: string) => (isOurs(backend) ? backend : `stock ${backend}`);

function chart(title: string, rows: readonly StartRow[], field: 'medianMs' | 'firstMs'): Tree {
  const longest = Math.max(...rows.map((row) => row[field]));
  const bars = rows.map((row) =>
    bar(row.backend, row[field] / longest, `${ms(row[field])} ms`, isOurs(row.backend)),
  );
  return h('div', {}, h('h3', {}, title), ...bars);
}

function figure(url: string, title: string, note: string): Tree {
  const caption = h('figcaption', {}, title, h('span', {}, note));
  return h('figure', {}, h('img', { src: url, alt: title }), caption);
}

/** Describes the largest difference, in units of a picture's values (0 to 255). */
function note(rows: readonly StartRow[], backend: string): string {
  const row = rows.find((candidate) => candidate.backend === backend);
  if (row === undefined || row.maxAbs === null) return 'not finite';
  return row.maxAbs === 0 ? 'identical' : `largest ${small(row.maxAbs)} of 255`;
}

/** Lays out one column per picture, so that each difference is below its picture. */
function pictures({ rows, view }: ModelRun): Child[] {
  const { side, amplification, outcomes } = view;
  const after = outcomes.map(({ backend, picture }) =>
    figure(picture!.url, label(backend), `after, ${picture!.width} x ${picture!.height}`),
  );
  const differences = outcomes
    .filter((outcome) => outcome.difference !== undefined)
    .map((outcome) => figure(outcome.difference!, outcome.backend, note(rows, outcome.backend)));
  const times = `times ${amplification.toLocaleString('en')}`;
  return [
    h('h3', {}, 'Before and after'),
    h(
      'div',
      { class: 'pictures', style: `--columns:${1 + outcomes.length}` },
      figure(view.input, 'The picture', `before, ${side} x ${side}`),
      ...after,
      h('p', { class: 'aside' }, 'Difference to stock webgl,', h('br'), times),
      ...differences,
    ),
  ];
}

/** Draws the outlines and points of faces over the picture, of `side` pixels. */
function facesOver(url: string, side: number, faces: readonly Face[]): Tree {
  const outlines = faces.flatMap(({ x, y, width, height, points }) => [
    h('rect', { x, y, width, height }),
    ...points.map((point) => h('circle', { cx: tenths(point.x), cy: tenths(point.y), r: 1.5 })),
  ]);
  const said = `${faces.length} ${faces.length === 1 ? 'face' : 'faces'}`;
  return h(
    'figure',
    { class: 'faces' },
    h('img', { src: url, alt: 'The picture' }),
    h('svg', { viewBox: `0 0 ${side} ${side}`, role: 'img', 'aria-label': said }, ...outlines),
    h('figcaption', {}, said, h('span', {}, `${side} x ${side}`)),
  );
}

const tenths = (value: number) => value.toFixed(1);

/** Returns the largest distance, in pixels, between a backend's boxes and points and stock's. */
function shift(faces: readonly Face[], stock: readonly Face[]): string {
  if (faces.length !== stock.length) return 'other faces';
  const distances = faces.flatMap((face, i) => [
    ...(['x', 'y', 'width', 'height'] as const).map((side) =>
      Math.abs(face[side] - stock[i][side]),
    ),
    ...face.points.map((p, j) =>
      Math.hypot(p.x - stock[i].points[j].x, p.y - stock[i].points[j].y),
    ),
  ]);
  return small(Math.max(0, ...distances));
}

function faceTable(outcomes: readonly Outcome[]): Tree {
  const [{ faces: stock = [] }] = outcomes;
  return htmlTable(
    ['backend', 'faces', 'surest', 'pixels off stock webgl'],
    outcomes.map(({ backend, faces = [] }, i) => [
      label(backend),
      String(faces.length),
      faces.length === 0 ? '-' : `${(100 * faces[0].score).toFixed(2)}%`,
      i === 0 ? '-' : shift(faces, stock),
    ]),
    (i) => (isOurs(outcomes[i].backend) ? 'ours' : undefined),
  );
}

function detections({ view, choice }: ModelRun): Child[] {
  const { side, input, outcomes } = view;
  const chosen =
    outcomes.find(({ backend }) => backend === `tiled-${choice.engine}`) ?? outcomes[0];
  return [
    h('h3', {}, `What it finds, on ${label(chosen.backend)}`),
    h(
      'div',
      { class: 'detections' },
      facesOver(input, side, chosen.faces ?? []),
      faceTable(outcomes),
    ),
  ];
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

function table(rows: readonly StartRow[]): Tree {
  return htmlTable(
    columns.map(([name]) => name),
    rows.map((row) => columns.map(([, text]) => text(row))),
    (i) => (isOurs(rows[i].backend) ? 'ours' : undefined),
  );
}

function verdict(run: ModelRun): Tree[] {
  const faults = faultsOf(run);
  if (faults.length > 0) return faults.map((fault) => h('p', { class: 'verdict bad' }, fault));
  const webgl = run.rows.find(({ backend }) => backend === 'tiled-webgl');
  const speed =
    webgl === undefined
      ? null
      : `tiled-webgl runs at ${ratio(webgl.ratio)} the speed of stock webgl. `;
  const good = 'Every tiled backend agrees with it, and no tensor leaked.';
  return [h('p', { class: 'verdict' }, speed, h('span', { class: 'good' }, good))];
}

function account({ view: { variants, ladder } }: ModelRun): Tree[] {
  if (variants.length === 0) return [];
  const counts = htmlTable(
    ['kernel', 'variant', 'in one run'],
    variants.map(({ kernel, variant, count }) => [kernel, variant, String(count)]),
  );
  return [
    ...ladder.map((step) => h('p', { class: 'bad' }, step)),
    h('details', {}, h('summary', {}, 'What ran on tiled-webgl'), counts),
  ];
}

function section(run: ModelRun): Tree {
  const { view, rows, missing } = run;
  const info = models.find(({ name }) => name === view.model);
  const skipped = missing.filter(({ failed }) => !failed);
  return h(
    'section',
    { class: 'card' },
    h('h2', {}, view.model),
    soft(info?.about ?? ''),
    ...verdict(run),
    h(
      'div',
      { class: 'charts' },
      chart('A steady run', rows, 'medianMs'),
      chart('The first run, with compiling', rows, 'firstMs'),
    ),
    ...skipped.map(({ backend, reason }) => soft(`${label(backend)} skipped: ${reason}.`)),
    ...(info?.output === 'picture' ? pictures(run) : detections(run)),
    h('h3', {}, 'All figures'),
    table(rows),
    ...account(run),
  );
}

const legend = [
  "A run goes from values in memory to values in memory. Steady is the median of the later runs, taken in rounds over all backends. The ratio is stock webgl's time / this time: more than 1 is faster.",
  "max abs is the largest difference of an output value to stock webgl's; max rel is that over stock's largest output value. Programs are the WebGL programs that the model's runs linked. GPU memory includes what is kept for reuse. Leaked counts tensors and buffers that are left after all runs.",
];

/** Returns the content of a page's body, without the style. */
export function reportBody(runs: readonly ModelRun[]): Tree[] {
  const [{ device }] = runs;
  const reason = reasonText(runs);
  return [
    h('h1', {}, 'Real models on tfjs-backend-tiled'),
    h('p', { class: 'lead' }, choiceText(runs)),
    soft(reason),
    ...(reason.includes(device.renderer) ? [] : [soft(device.renderer)]),
    soft(device.userAgent),
    ...runs.map(section),
    h('footer', { class: 'soft' }, ...legend.map((text) => h('p', {}, text))),
  ];
}

/** Returns the report as a complete HTML document. */
export function reportHtml(runs: readonly ModelRun[]): string {
  return htmlDocument('tfjs-backend-tiled', reportStyle, reportBody(runs));
}
