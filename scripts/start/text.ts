/** The result of `npm start` as text for a terminal. */
import { megabytes, ms, ratio, small, textTable } from '../report/table.js';
import { choiceText, reasonText } from './choice.js';
import type { ModelRun, StartRow } from './results.js';

const columns: [string, (row: StartRow) => string][] = [
  ['model', (row) => row.model],
  ['backend', (row) => row.backend],
  ['first ms', (row) => ms(row.firstMs)],
  ['steady ms', (row) => ms(row.medianMs)],
  ['ratio', (row) => ratio(row.ratio)],
  ['max abs', (row) => small(row.maxAbs)],
  ['max rel', (row) => small(row.maxRel)],
  ['programs', (row) => String(row.programs)],
  ['GPU', (row) => megabytes(row.gpuBytes)],
  ['leaked', (row) => String(row.leakedTensors)],
];

/** Returns what a run shows beside its figures: skipped backends and fallbacks. */
function notes({ missing, view }: ModelRun): string[] {
  const skipped = missing.filter(({ failed }) => !failed);
  return [
    ...skipped.map(({ model, backend, reason }) => `${model} on ${backend} skipped: ${reason}`),
    ...view.ladder.map((step) => `${view.model} stepped down: ${step}`),
  ];
}

/** @param runs at least one */
export function startText(runs: readonly ModelRun[]): string {
  const table = textTable(
    columns.map(([name]) => name),
    runs.flatMap((run) => run.rows).map((row) => columns.map(([, text]) => text(row))),
    2,
  );
  return [
    choiceText(runs),
    `${reasonText(runs)}\n`,
    table,
    '\nratio: time of stock webgl / this time. max rel: largest |difference| to stock',
    "webgl / stock's largest |value|, over the whole output.",
    `On ${runs[0].device.renderer}`,
    ...runs.flatMap(notes),
  ].join('\n');
}
