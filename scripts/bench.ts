/** `npm run bench`: times a backend against others on a suite of layers, in a browser. */

import { readOptions } from './lib/args.js';
import { Failure, UsageError } from './lib/errors.js';
import { browserNames } from './lib/flags.js';
import { jsonOutput } from './lib/output.js';
import { type BrowserName, runPage } from './lib/page.js';
import { endProgress, showProgress } from './reporting/progress.js';
import type { BenchResult, BenchRow, PageError } from './reporting/results.js';
import { ms, ratio, small, textTable } from './reporting/table.js';
import { layers } from './suites/layers.js';

const backends = ['tiled-webgl', 'tiled-cpu', 'tiled', 'webgl', 'cpu'];

const options = {
  suite: { value: 'NAME', help: 'what to run', choices: ['layers'], fallback: 'layers' },
  browser: {
    value: 'NAME',
    help: 'rasteriser of the browser',
    choices: browserNames,
    fallback: 'auto',
  },
  backend: { value: 'NAME', help: 'what is timed', choices: backends, fallback: 'tiled-webgl' },
  vs: {
    value: 'NAMES',
    help: `what it is compared with, comma between: ${backends.join(', ')}`,
    fallback: 'webgl',
  },
  only: { value: 'REGEX', help: 'only layers whose id matches' },
  rounds: { value: 'N', help: 'samples a side', fallback: '7' },
  json: { value: 'FILE', help: 'write the result to this file' },
} as const;

const timeoutMs = 30 * 60_000;

function checkVs(value: string, backend: string): void {
  for (const name of value.split(',')) {
    if (!backends.includes(name) || name === backend) {
      const others = backends.filter((other) => other !== backend);
      throw new UsageError(`--vs is "${value}"; it takes names among ${others.join(', ')}`);
    }
  }
}

function checkOnly(value: string): void {
  let pattern: RegExp;
  try {
    pattern = new RegExp(value);
  } catch (error) {
    throw new UsageError(
      `--only is "${value}", which is not a regular expression: ${(error as Error).message}`,
    );
  }
  if (!layers.some(({ id }) => pattern.test(id))) {
    throw new UsageError(
      `--only is "${value}", which matches no layer; ids are like ${layers[0].id}`,
    );
  }
}

function checkRounds(value: string): void {
  if (!/^[1-9]\d{0,2}$/.test(value)) {
    throw new UsageError(`--rounds is "${value}"; it must be a whole number from 1 to 999`);
  }
}

const head = ['layer', 'vs', 'ms', 'vs ms', 'ratio', 'from', 'to', 'GFLOP/s', 'share', 'max rel'];

function cells(row: BenchRow): string[] {
  const [from, to] = row.spread ?? [null, null];
  return [
    row.id,
    row.vs,
    ms(row.ms),
    ms(row.vsMs),
    ratio(row.ratio),
    ratio(from),
    ratio(to),
    row.gflops?.toFixed(1) ?? '-',
    row.share === null ? '-' : `${Math.round(100 * row.share)}%`,
    row.ms === null ? '-' : small(row.maxRel),
  ];
}

function print({ device, backend, barrierMs, programs, rows, vs }: BenchResult): void {
  console.log(textTable(head, rows.map(cells), 2));
  const ceiling = `${device.maddGflops.toFixed(1)} GFLOP/s of multiply-adds`;
  console.log(`\n${device.renderer}: ${ceiling}`);
  for (const [name, cost] of Object.entries(barrierMs)) {
    console.log(
      `${name}: ${programs[name]} programs; the barrier of a sample costs ${ms(cost)} ms`,
    );
  }
  for (const [name, { geomean, worst, worstId }] of Object.entries(vs)) {
    const sum = `geometric mean ${ratio(geomean)}, worst ${ratio(worst)} (${worstId})`;
    console.log(`${backend} against ${name}: ${worstId === null ? 'no row that agrees' : sum}`);
  }
  for (const { id, error } of rows.filter(({ ok }) => !ok)) console.log(`FAILED ${id}: ${error}`);
}

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run bench -- [options]', options, argv);
  if (values === null) return 0;
  checkVs(values.vs, values.backend);
  checkRounds(values.rounds);
  if (values.only !== undefined) checkOnly(values.only);
  const writeJson = values.json === undefined ? undefined : jsonOutput('--json', values.json);

  const { suite, backend, vs, rounds, only = '' } = values;
  const result = (await runPage({
    page: 'bench.html',
    query: { suite, backend, vs, rounds, only },
    browser: values.browser as BrowserName,
    timeoutMs,
    onProgress: showProgress,
  })) as BenchResult | PageError;
  endProgress();
  if ('error' in result) throw new Failure(`page bench.html: ${result.error}`);
  writeJson?.(result);
  print(result);
  return result.rows.every(({ ok }) => ok) ? 0 : 1;
}
