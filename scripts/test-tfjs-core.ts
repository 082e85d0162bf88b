/** `npm run test:tfjs-core`: tfjs-core's own published tests on one backend, in a browser. */
import { readFileSync } from 'node:fs';
import { readOptions } from './lib/args.js';
import { UsageError } from './lib/errors.js';
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
    help: 'result of another run, of stock webgl for instance: fail only for what passed there',
  },
} as const;

const timeoutMs = 30 * 60_000;

interface SuiteResult {
  passed: number;
  skipped: number;
  failures: { name: string; messages: string[] }[];
}

/** Names that failed in an earlier run. */
function readBaseline(file: string): Set<string> {
  try {
    const { failures } = JSON.parse(readFileSync(file, 'utf8')) as SuiteResult;
    return new Set(failures.map(({ name }) => name));
  } catch (error) {
    throw new UsageError(
      `--baseline is "${file}", which is not a file that --json has written: ` +
        `${(error as Error).message}`,
    );
  }
}

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm run test:tfjs-core -- [options]', options, argv);
  if (values === null) return 0;
  const known = values.baseline === undefined ? undefined : readBaseline(values.baseline);
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
  const isNew = failures.filter(({ name }) => !known?.has(name));
  if (known !== undefined) {
    console.log(`\n${isNew.length} failed that did not fail in ${values.baseline}`);
    for (const { name, messages } of isNew)
      console.log(`  ${name}\n    ${messages.join('\n    ')}`);
  }
  console.log(`\n${skipped} left out by the suite itself`);
  console.log(`${passed} passed, ${failures.length} failed`);
  return isNew.length === 0 && passed > 0 ? 0 : 1;
}
