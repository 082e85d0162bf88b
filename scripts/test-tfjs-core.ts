/** `npm run test:tfjs-core`: runs tfjs-core's published tests on one backend, in a browser. */

import { knownFailures } from '../test/tfjsCore/tfjsCore.js';
import { readBaseline } from './bench/baseline.js';
import { readOptions } from './lib/args.js';
import { jsonOutput } from './lib/output.js';
import { type BrowserName, runPage } from './lib/page.js';

const options = {
  backend: {
    value: 'NAME',
    help: 'backend under test',
    choices: ['tiled-webgl', 'tiled-cpu', 'tiled', 'webgl', 'cpu'],
    fallback: 'tiled-webgl',
  },
  grep: { value: 'TEXT', help: 'only specs whose full name contains this', fallback: '' },
  browser: {
    value: 'NAME',
    help: 'rasteriser of the browser',
    choices: ['swiftshader', 'llvmpipe'],
    fallback: 'swiftshader',
  },
  json: { value: 'FILE', help: 'write the result, with the failures by name, to this file' },
  baseline: {
    value: 'FILE',
    help: 'result of another run: fail only for what passed there, not for what is known to fail',
  },
} as const;

const timeoutMs = 30 * 60_000;

interface SuiteResult {
  passed: number;
  skipped: number;
  failures: { name: string; messages: string[] }[];
}

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run test:tfjs-core -- [options]', options, argv);
  if (values === null) return 0;
  const known =
    values.baseline === undefined
      ? new Map(knownFailures(values.backend))
      : readBaseline(values.baseline);
  const writeJson = values.json === undefined ? undefined : jsonOutput('--json', values.json);

  console.log(`tfjs-core's tests on ${values.backend} (${values.browser}) ...`);
  const result = (await runPage({
    page: 'tfjs-core.html',
    query: { backend: values.backend, grep: values.grep },
    browser: values.browser as BrowserName,
    timeoutMs,
    onProgress: (line) => console.log(line),
  })) as SuiteResult;
  writeJson?.(result);

  const { passed, skipped, failures } = result;
  const isNew = failures.filter(({ name }) => !known.has(name));
  console.log(`\n${failures.length - isNew.length} failed as expected`);
  for (const { name } of failures) {
    if (known.has(name)) console.log(`  ${name}: ${known.get(name)}`);
  }
  console.log(`\n${isNew.length} failed unexpectedly`);
  for (const { name, messages } of isNew) console.log(`  ${name}\n    ${messages.join('\n    ')}`);
  console.log(`\n${skipped} left out by the suite itself`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return isNew.length === 0 && passed > 0 ? 0 : 1;
}
