/**
 * `npm run test:faults`: makes each WebGL call that can fail in a driver fail, one at a time, in a
 * browser.
 */

import type { FaultsPageResult } from '../test/faults/results.js';
import { readOptions } from './lib/args.js';
import { Failure, UsageError } from './lib/errors.js';
import { browserNames } from './lib/flags.js';
import { jsonOutput } from './lib/output.js';
import { type BrowserKeeper, type BrowserName, keepBrowser, runPage } from './lib/page.js';
import type { Device, PageError } from './report/page.js';
import { endProgress, showProgress } from './report/progress.js';
import { textTable } from './report/table.js';
import type { FaultResult, Outcome } from './webgl/faultProgram.js';
import { faultKinds } from './webgl/faults.js';

const options = {
  kind: { value: 'TEXT', help: 'only kinds of faults whose name contains this' },
  browser: {
    value: 'NAME',
    help: 'rasteriser of the browser',
    choices: browserNames,
    fallback: 'swiftshader',
  },
  json: { value: 'FILE', help: 'write every result to this file' },
} as const;

/** Number of failing calls on one page. */
const A_PAGE = 60;
/** Milliseconds that one page may take. */
const timeoutMs = 10 * 60_000;

function row(kind: string, results: readonly FaultResult[]): string[] {
  const count = (test: (result: FaultResult) => boolean) => String(results.filter(test).length);
  const first = (outcome: Outcome) => count((result) => result.first === outcome);
  return [
    kind,
    String(results.length),
    first('right'),
    first('error'),
    count(({ second }) => second === 'right'),
    count(({ first, second }) => first === 'wrong' || second === 'wrong'),
    count(({ first, second }) => first === 'unclear error' || second === 'unclear error'),
    count(({ leaked }) => leaked !== null),
    count(({ first, second }) => first === 'hung' || second === 'hung'),
  ];
}

const head = [
  'fault',
  'calls',
  'right',
  'clear error',
  'right after it',
  'wrong',
  'unclear',
  'leaked',
  'hung',
];

/** Returns the number of errors by message, with the digits left out. */
function errorsOf(results: readonly FaultResult[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const message of results.filter(({ isGood }) => isGood).flatMap((r) => r.messages)) {
    const [line] = message.replace(/\d[\d.]*/g, 'N').split('\n');
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}

function print(results: readonly FaultResult[]): void {
  const kinds = [...new Set(results.map(({ kind }) => kind))];
  const rows = kinds.map(
    (kind) => [kind, results.filter((result) => result.kind === kind)] as const,
  );
  console.log(
    textTable(
      head,
      [...rows, ['all', results] as const].map(([kind, own]) => row(kind, own)),
      1,
    ),
  );
  for (const [message, count] of errorsOf(results)) console.log(`${count}x ${message}`);
}

function failureText({ kind, k, call, first, second, leaked, messages }: FaultResult): string {
  const leak = leaked === null ? '' : `, leaked ${leaked}`;
  const outcomes = `${first}, then ${second}${leak}`;
  return `FAILED: ${kind}, call ${k} (${call ?? 'never made'}): ${outcomes}; ${messages.join('; ')}`;
}

/** Runs the faults at the calls from `first` on, in a separate page. */
async function onPage(
  kind: string,
  first: number,
  browser: BrowserName,
  keeper: BrowserKeeper,
): Promise<FaultsPageResult> {
  const result = (await runPage({
    page: 'faults.html',
    query: { kind, first: String(first), last: String(first + A_PAGE - 1) },
    browser,
    timeoutMs,
    onProgress: showProgress,
    keeper,
  })) as FaultsPageResult | PageError;
  if ('error' in result) throw new Failure(`page faults.html: ${result.error}`);
  return result;
}

/** @returns 0: every outcome is right or a clear error, and nothing is left behind; otherwise 1 */
export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run test:faults -- [options]', options, argv);
  if (values === null) return 0;
  const { kind } = values;
  if (kind !== undefined && !faultKinds.some(({ name }) => name.includes(kind))) {
    const names = faultKinds.map(({ name }) => name).join(', ');
    throw new UsageError(`--kind is "${kind}"; it must be part of one of: ${names}`);
  }
  const writeJson = values.json === undefined ? undefined : jsonOutput('--json', values.json);
  const results: FaultResult[] = [];
  const keeper = keepBrowser();
  const browser = values.browser as BrowserName;
  let device: Device | undefined;
  try {
    for (const { name } of faultKinds.filter((known) => known.name.includes(kind ?? ''))) {
      for (let first = 1, calls = 1; first <= calls; first += A_PAGE) {
        const page = await onPage(name, first, browser, keeper);
        ({ device, calls } = page);
        results.push(...page.results);
        endProgress();
        for (const result of page.results) if (!result.isGood) console.log(failureText(result));
      }
    }
  } finally {
    await keeper.close();
    if (results.length > 0) print(results);
  }
  writeJson?.({ device, results });
  console.log(`On ${device?.renderer}`);
  return results.every(({ isGood }) => isGood) ? 0 : 1;
}
