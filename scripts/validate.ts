/** `npm run validate`: checks a backend against the float64 oracle, beside other backends. */

import { version } from '../package.json';
import { variantNames } from '../src/base.js';
import {
  type CaseResult,
  countResults,
  type GridName,
  grids,
  type ValidationReport,
  writeJson,
} from '../src/validator/index.js';
import { readOptions } from './lib/args.js';
import { UsageError } from './lib/errors.js';
import { textOutput } from './lib/output.js';
import { endProgress, showProgress } from './reporting/progress.js';
import { validatorReport } from './reporting/validatorHtml.js';
import { chooseCases } from './validate/choice.js';
import { execute, type Host, type Place } from './validate/execute.js';
import {
  type Expectations,
  isUnexpected,
  noExpectations,
  outcomeOf,
  readExpectations,
} from './validate/expectations.js';
import { junitXml } from './validate/junit.js';
import { describeResult, failureLines, familyTable } from './validate/terminal.js';

const places: readonly Place[] = ['swiftshader', 'llvmpipe', 'firefox', 'chrome', 'node'];
const known = ['tiled-webgl', 'tiled-cpu', 'tiled', 'webgl', 'cpu', 'wasm', 'webgpu'];
const knownInNode = ['tiled-cpu', 'cpu'];

const options = {
  backend: { value: 'NAME', help: 'what is judged', fallback: 'tiled-webgl' },
  reference: {
    value: 'NAMES',
    help: 'what is judged beside it, comma between (default webgl,cpu; cpu in node)',
  },
  browser: {
    value: 'NAME',
    help: 'where it runs; chrome takes a GPU if there is one, node is this process',
    choices: places,
    fallback: 'swiftshader',
  },
  grid: { value: 'NAME', help: 'which cases', choices: Object.keys(grids), fallback: 'core' },
  q: { value: 'ID', help: 'one case by its id, or those of the grid that match an id with *' },
  variant: {
    value: 'NAME',
    help: "also force every variant ('all'), or run one alone (default all with --grid full)",
  },
  module: { value: 'FILE', help: 'a script that registers a backend, loaded first' },
  seed: { value: 'N', help: "seed of the inputs, instead of each case's own" },
  list: { help: 'print the ids and run nothing' },
  json: { value: 'FILE', help: 'write everything to this file' },
  junit: { value: 'FILE', help: "write JUnit's XML to this file" },
  html: { value: 'FILE', help: 'write a self-contained report to this file' },
  xfail: { value: 'FILE', help: 'lines `id or wildcard  # reason` of cases known to fail' },
} as const;

/** The exit status of a command that Ctrl-C ended. */
const interruptedStatus = 130;

function checkBackends(names: readonly string[], option: string, place: string, module?: string) {
  const allowed = place === 'node' ? knownInNode : known;
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown === undefined || module !== undefined) return;
  const where = place === 'node' ? ' in node' : '';
  throw new UsageError(
    `${option} is "${unknown}"; it must be one of ${allowed.join(', ')}${where}, or what a ` +
      '--module registers',
  );
}

function referencesOf(value: string | undefined, backend: string, place: string): string[] {
  const fallback = place === 'node' ? 'cpu' : 'webgl,cpu';
  const names = (value ?? fallback).split(',');
  if (value !== undefined && names.includes(backend)) {
    throw new UsageError(`--reference is "${value}", which names the judged backend ${backend}`);
  }
  return [...new Set(names.filter((name) => name !== backend))];
}

function readSeed(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new UsageError(`--seed is "${value}"; it must be a whole number up to 999999999`);
}

function readVariant(value: string | undefined, backend: string, grid: string): string {
  const hasVariants = backend === 'tiled-webgl';
  if (value === undefined) return grid === 'full' && hasVariants ? 'all' : '';
  if (!hasVariants) {
    throw new UsageError(`--variant is "${value}", but only tiled-webgl has variants to force`);
  }
  const names = ['all', ...variantNames()];
  if (names.includes(value)) return value;
  throw new UsageError(`--variant is "${value}"; it must be one of ${names.join(', ')}`);
}

/** Progress a few times a second, and a last line. */
function progressOf(total: number) {
  const start = performance.now();
  const seen = new Set<string>();
  let shownAt = 0;
  const step = process.stderr.isTTY ? 200 : 5000;
  return (results: readonly CaseResult[], bad: number) => {
    for (const { id } of results) seen.add(id);
    if (performance.now() - shownAt < step && seen.size < total) return;
    shownAt = performance.now();
    const seconds = Math.round((performance.now() - start) / 1000);
    showProgress(`${seen.size}/${total} cases, ${bad} unexpected, ${seconds} s`);
  };
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/** Aborts at the first Ctrl-C; a second one ends the process at once. */
function interruptible() {
  const controller = new AbortController();
  const onSignal = () => {
    done();
    process.once('SIGINT', () => process.exit(interruptedStatus));
    controller.abort(new Error('interrupted'));
  };
  const done = () => {
    for (const name of stopSignals) process.removeListener(name, onSignal);
  };
  for (const name of stopSignals) process.once(name, onSignal);
  return { signal: controller.signal, done };
}

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run validate -- [options]', options, argv);
  if (values === null) return 0;
  const { backend, q, module } = values;
  const place = values.browser as Place;
  const reference = referencesOf(values.reference, backend, place);
  checkBackends([backend], '--backend', place, module);
  checkBackends(reference, '--reference', place, module);
  const variant = readVariant(values.variant, backend, values.grid);
  const seed = readSeed(values.seed);
  const expected = values.xfail === undefined ? noExpectations : readExpectations(values.xfail);
  const ids = chooseCases(values.grid as GridName, q, seed);
  if (values.list !== undefined) {
    console.log(ids.join('\n'));
    return 0;
  }
  const outputs = (['json', 'junit', 'html'] as const).flatMap((name) => {
    const file = values[name];
    return file === undefined ? [] : [[name, textOutput(`--${name}`, file)] as const];
  });

  const results: CaseResult[] = [];
  let host: Host = { renderer: 'unknown', userAgent: 'unknown', tfjs: 'unknown' };
  let bad = 0;
  const progress = progressOf(ids.length);
  const { signal, done } = interruptible();
  let failure: unknown = null;
  try {
    await execute(
      { backend, reference, ids, variant, module, place },
      {
        onHost: (found) => {
          host = found;
        },
        onResults: (more) => {
          results.push(...more);
          bad += more.filter((result) => isUnexpected(outcomeOf(result, expected))).length;
          progress(more, bad);
        },
      },
      signal,
    );
  } catch (error) {
    // What was done until then is worth printing.
    if (results.length === 0 && !signal.aborted) throw error;
    failure = error;
  } finally {
    done();
    endProgress();
  }

  const report: ValidationReport = {
    device: { userAgent: host.userAgent, renderer: host.renderer, backend, reference },
    versions: { tfjs: host.tfjs, package: version },
    seed: seed ?? 1,
    grid: values.grid,
    counts: countResults(results, (result) => expected(result) !== null),
    cases: results,
  };
  const write = {
    json: () => `${writeJson(report, 1)}\n`,
    junit: () => junitXml(backend, results, expected),
    html: () => validatorReport(report),
  };
  for (const [name, writeTo] of outputs) writeTo(write[name]());

  print(report, ids, expected, place);
  if (signal.aborted) {
    const seen = new Set(results.map(({ id }) => id)).size;
    console.log(`interrupted after ${seen} of ${ids.length} cases`);
    return interruptedStatus;
  }
  if (failure !== null) throw failure;
  if (results.length === 0) {
    console.log('no case ran: the variant takes none of them');
    return 1;
  }
  return bad === 0 ? 0 : 1;
}

function print(
  report: ValidationReport,
  ids: readonly string[],
  expected: Expectations,
  place: Place,
): void {
  const { device, cases } = report;
  if (ids.length === 1) {
    const facts = cases.map((result) => describeResult(result, report, expected, place));
    console.log(facts.join('\n\n'));
    return;
  }
  console.log(familyTable(cases, device.reference, expected));
  console.log(`\n${device.backend} on ${device.renderer} (${device.userAgent})`);
  for (const line of failureLines(report, expected, place)) console.log(line);
}
