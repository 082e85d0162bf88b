/** Options of `npm run test:tfjs-core`. */
import { readOptions } from '../../scripts/lib/args.js';
import type { BrowserName } from '../../scripts/lib/page.js';
import { readBaseline } from './baseline.js';
import { knownFailures } from './knownFailures.js';

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

export interface SuiteRequest {
  readonly backend: string;
  readonly grep: string;
  readonly browser: BrowserName;
  readonly json: string | undefined;
  /** Reasons to expect a failure, by the name of the spec. */
  readonly known: ReadonlyMap<string, string>;
}

/**
 * Returns the options, or null if the user requested the help.
 * @throws UsageError that says in one line what is wrong
 */
export function readSuiteOptions(argv: string[]): SuiteRequest | null {
  const values = readOptions('npm run test:tfjs-core -- [options]', options, argv);
  if (values === null) return null;
  const { backend, grep, browser, json, baseline } = values;
  const known = baseline === undefined ? new Map(knownFailures(backend)) : readBaseline(baseline);
  return { backend, grep, browser: browser as BrowserName, json, known };
}
