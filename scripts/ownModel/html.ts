/** Report of a comparison as trees, for the page. */
import { conversionText, countText } from '../models/trace.js';
import { profileColumns } from '../profile/text.js';
import { h, type Tree } from '../report/html.js';
import { bar, card, htmlTable, isOurs, soft } from '../report/markup.js';
import { tolerance } from '../report/statistics.js';
import { ms, ratio, small } from '../report/table.js';
import type { Account, OwnModelResult, SideRow } from './results.js';
import { shapeText } from './shapes.js';

/** Number of kernels that are shown; the rest is in the JSON. */
const SHOWN_KERNELS = 15;

/** Columns of the kernels of a tiled backend, and of a stock one, of which less is recorded. */
const ownColumns = ['kernel', 'ms', 'share', 'calls', 'ran', 'conversions', 'variant'];
const stockColumns = ['kernel', 'ms', 'share', 'calls'];

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);

const fastest = (rows: readonly SideRow[]): SideRow | undefined =>
  [...rows].sort((a, b) => a.medianMs - b.medianMs)[0];

/** Returns the fastest stock backend's row, which speeds are measured by; undefined without one. */
export const fastestStock = ({ rows }: Pick<OwnModelResult, 'rows'>): SideRow | undefined =>
  fastest(rows.filter(({ side }) => !isOurs(side)));

function headline(result: OwnModelResult): Tree {
  const [ours, stock] = [
    fastest(result.rows.filter(({ side }) => isOurs(side))),
    fastestStock(result),
  ];
  if (ours === undefined || stock === undefined) {
    const best = fastest(result.rows)!;
    return h('p', { class: 'verdict' }, `${best.side}: ${ms(best.medianMs)} ms a prediction.`);
  }
  const times = ratio(stock.medianMs / ours.medianMs).replace('x', '');
  const text = `${ours.side} takes ${ms(ours.medianMs)} ms a prediction, the fastest stock backend (${stock.side}) ${ms(stock.medianMs)} ms: ${times} times as fast.`;
  return h('p', { class: 'verdict' }, text);
}

const differs = ({ maxRel }: SideRow) => maxRel === null || maxRel > tolerance;

function agreement({ rows, hasReference }: OwnModelResult): Tree {
  if (!hasReference) {
    return soft('Nothing is known of agreement, because stock cpu did not take part.');
  }
  const others = rows.filter(({ side }) => side !== 'cpu');
  const wrong = others.filter(differs);
  if (wrong.length > 0) {
    const text = wrong.map((row) => `${row.side} (${differenceText(row)})`).join(', ');
    return h('p', { class: 'verdict bad' }, `Not like the answer of stock cpu: ${text}.`);
  }
  const worst = Math.max(0, ...others.map(({ maxRel }) => maxRel ?? 0));
  const text = `All agree with stock cpu within ${small(worst)} of the largest output value.`;
  return h('p', { class: 'verdict good' }, text);
}

const differenceText = ({ maxRel }: SideRow) => (maxRel === null ? 'not alike' : small(maxRel));

function mainTable(result: OwnModelResult): Tree {
  const { rows, hasReference } = result;
  const stock = fastestStock(result);
  const head = ['backend', 'ms', 'speed', 'first', 'MB', 'differs'];
  const cells = rows.map((row) => [
    row.side,
    ms(row.medianMs),
    stock === undefined ? '-' : ratio(stock.medianMs / row.medianMs),
    ms(row.firstMs),
    megabytes(row.bytes),
    hasReference && row.side !== 'cpu' ? differenceText(row) : '-',
  ]);
  return htmlTable(head, cells, (i) => (isOurs(rows[i].side) ? 'ours' : undefined));
}

const legendText =
  'ms: median of steady predictions, from values in memory to values in memory. speed: the fastest stock ' +
  'backend’s time / this one’s. first: milliseconds of the first prediction, with compiling, and with ' +
  'recording where captured, after the eager one on the same backend. MB: what the model and a prediction ' +
  'add: textures on WebGL and WebGPU, the heap of tiled-cpu, else tensors. differs: largest difference to ' +
  'stock cpu, in parts of the largest value of that output.';

function choice({ tiled }: OwnModelResult): Tree {
  if (tiled === null) return h('p', {}, 'The backend tiled does not start in this browser.');
  const { engine, reason, build, threads } = tiled;
  const more = [
    build?.name ? `Its kernels are built for ${build.name}: ${build.reason}.` : '',
    threads === null ? '' : `Threads: ${threads.count}, because ${threads.reason}.`,
  ];
  const about = h(
    'p',
    {},
    'Here ',
    h('strong', {}, `tiled chooses tiled-${engine}`),
    `: ${reason}.`,
  );
  return h('div', {}, about, ...more.filter(Boolean).map(soft));
}

function bars({ rows }: OwnModelResult): Tree {
  const longest = Math.max(...rows.map(({ medianMs }) => medianMs));
  const lines = rows.map(({ side, medianMs }) =>
    bar(side, longest === 0 ? 0 : medianMs / longest, `${ms(medianMs)} ms`, isOurs(side)),
  );
  return h('div', { class: 'sides' }, ...lines);
}

function accountCard({ side }: SideRow, account: Account): Tree {
  const { kernels, how, conversions, stock, ladder } = account;
  const shown = kernels.slice(0, SHOWN_KERNELS);
  const ours = isOurs(side);
  const columns = (ours ? ownColumns : stockColumns).flatMap((wanted) =>
    profileColumns.filter(([name]) => name === wanted),
  );
  const table = htmlTable(
    columns.map(([name]) => name),
    shown.map((row) => columns.map(([, text]) => text(row))),
  );
  const rest = kernels.length - shown.length;
  const facts = ours
    ? [
        soft(`Conversions: ${conversionText(conversions)}.`),
        soft(`Computed by stock’s kernels: ${countText(stock)}.`),
        ...ladder.map(({ kernel, from, to, reason, count }) =>
          soft(`Fallback, ${count} times: ${kernel}, ${to} for ${from}: ${reason}`),
        ),
      ]
    : [];
  return h(
    'details',
    {},
    h('summary', {}, `${side}: kernels by time`),
    ...facts,
    table,
    soft(`Timed by ${how}, in one prediction.${rest > 0 ? ` ${rest} more are in the JSON.` : ''}`),
  );
}

/** Makes the cards of a result. */
export function resultCards(result: OwnModelResult): Tree[] {
  const { model, inputs, device, rows, failures } = result;
  const facts = inputs.map(({ name, shape, from }) => `${name} ${shapeText(shape)}, ${from}`);
  const accounts = rows.flatMap((row) => (row.account ? [accountCard(row, row.account)] : []));
  return [
    card(
      'Results',
      headline(result),
      agreement(result),
      ...failures.map(({ side, reason }) =>
        h('p', { class: 'bad' }, `${side} does not compute this model: ${reason}`),
      ),
      h('h3', {}, 'A steady prediction'),
      bars(result),
      h('h3', {}, 'All figures'),
      mainTable(result),
      soft(legendText),
    ),
    card('The choice of tiled', choice(result), ...accounts),
    h(
      'footer',
      { class: 'soft' },
      h('p', {}, `${model.name} (${model.format}); ${facts.join('; ')}.`),
      h('p', {}, `${device.renderer ?? 'no WebGL2'} · ${device.userAgent}`),
    ),
  ];
}
