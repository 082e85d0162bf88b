/** `npm start`: runs real models on a picture in a browser, on our backends and on stock's. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readOptions } from './lib/args.js';
import { Failure, UsageError } from './lib/errors.js';
import { browserNames } from './lib/flags.js';
import { jsonOutput } from './lib/output.js';
import { type BrowserName, runPage } from './lib/page.js';
import { root } from './lib/root.js';
import { models } from './models/table.js';
import { endProgress, showProgress } from './report/progress.js';
import { megabytes, ms, ratio, small, textTable } from './report/table.js';
import { reportHtml } from './start/html.js';
import type { ModelRun, StartError, StartResult, StartRow } from './start/results.js';
import { faultsOf } from './start/verdict.js';

const modelNames = models.map(({ name }) => name);

const options = {
  model: {
    value: 'NAMES',
    help: `models to run, comma between: ${modelNames.join(', ')}`,
    fallback: modelNames.join(','),
  },
  image: {
    value: 'FILE',
    help: 'a PNG, JPEG or WebP picture instead of the photograph of a flower',
  },
  browser: {
    value: 'NAME',
    help: 'rasteriser of the browser',
    choices: browserNames,
    fallback: 'auto',
  },
  json: { value: 'FILE', help: 'write the figures to this file' },
} as const;

const timeoutMs = 10 * 60_000;

/** Reads the model names from --model, which may occur more than once. */
function readModels(argv: string[], fallback: string): string[] {
  const { values } = parseArgs({
    args: argv,
    options: { model: { type: 'string', multiple: true } },
    strict: false,
  });
  const given = (values.model as string[] | undefined) ?? [fallback];
  const names = given.flatMap((value) => value.split(','));
  const unknown = names.find((name) => !modelNames.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--model is "${unknown}"; it must be one of ${modelNames.join(', ')}`);
  }
  return [...new Set(names)];
}

function readImage(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`--image is "${file}", which cannot be read: ${(error as Error).message}`);
  }
}

async function runModel(
  model: string,
  image: { file: string; bytes: Uint8Array } | undefined,
  browser: BrowserName,
): Promise<ModelRun> {
  const given = '/picture';
  const result = (await runPage({
    page: 'start.html',
    query: { model, ...(image && { picture: given }) },
    files: image && { [given]: image.bytes },
    browser,
    timeoutMs,
    onProgress: showProgress,
  })) as ModelRun | StartError;
  endProgress();
  if (!('error' in result)) return result;
  if (result.unreadablePicture && image !== undefined) {
    throw new UsageError(
      `--image is "${image.file}", which is not a picture that the browser can read; it must be a PNG, JPEG or WebP file`,
    );
  }
  throw new Failure(`page start.html: ${result.error}`);
}

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

function print(runs: readonly ModelRun[]): void {
  const rows = runs.flatMap((run) => run.rows);
  console.log(
    textTable(
      columns.map(([name]) => name),
      rows.map((row) => columns.map(([, text]) => text(row))),
      2,
    ),
  );
  console.log('\nratio: time of stock webgl / this time. max rel: largest |difference| to stock');
  console.log("webgl / stock's largest |value|, over the whole output.");
  console.log(`On ${runs[0].device.renderer}`);
  for (const { missing, view } of runs) {
    for (const { model, backend, failed, reason } of missing) {
      if (!failed) console.log(`${model} on ${backend} skipped: ${reason}`);
    }
    for (const step of view.ladder) console.log(`${view.model} stepped down: ${step}`);
  }
}

function writeReport(runs: readonly ModelRun[]): void {
  mkdirSync(join(root, 'report'), { recursive: true });
  writeFileSync(join(root, 'report', 'index.html'), reportHtml(runs));
}

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm start -- [options]', options, argv);
  if (values === null) return 0;
  const names = readModels(argv, values.model);
  const { image: file } = values;
  const image = file === undefined ? undefined : { file, bytes: readImage(file) };
  const writeJson = values.json === undefined ? undefined : jsonOutput('--json', values.json);

  const runs: ModelRun[] = [];
  for (const name of names) runs.push(await runModel(name, image, values.browser as BrowserName));

  const result: StartResult = {
    device: runs[0].device,
    rows: runs.flatMap((run) => run.rows),
    missing: runs.flatMap((run) => run.missing),
  };
  writeJson?.(result);
  print(runs);
  writeReport(runs);
  console.log('The pictures and bars: report/index.html');

  const faults = faultsOf(result);
  for (const fault of faults) console.log(`FAILED: ${fault}`);
  if (faults.length === 0) {
    console.log('Every tiled backend agrees with stock webgl; no tensor leaked.');
  }
  return faults.length === 0 ? 0 : 1;
}
