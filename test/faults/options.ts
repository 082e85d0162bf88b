/** Options of `npm run test:faults` and their checks. */
import { readOptions } from '../../scripts/lib/args.js';
import { UsageError } from '../../scripts/lib/errors.js';
import { browserNames } from '../../scripts/lib/flags.js';
import type { BrowserName } from '../../scripts/lib/page.js';
import { faultKinds, type ProgramName, programNames } from '../../scripts/webgl/faults.js';

const options = {
  kind: { value: 'TEXT', help: 'only kinds of faults whose name contains this' },
  program: {
    value: 'NAME',
    help: 'only this program: a prediction, or predictions through a capture',
    choices: programNames,
  },
  browser: {
    value: 'NAME',
    help: 'rasteriser of the browser',
    choices: browserNames,
    fallback: 'swiftshader',
  },
  json: { value: 'FILE', help: 'write every result to this file' },
} as const;

export interface FaultsRequest {
  /** Names of the kinds of faults, at least one. */
  readonly kinds: readonly string[];
  readonly programs: readonly ProgramName[];
  readonly browser: BrowserName;
  readonly json: string | undefined;
}

/**
 * Returns the checked options, or null if the user requested the help.
 * @throws UsageError that says in one line what is wrong
 */
export function readFaultsOptions(argv: string[]): FaultsRequest | null {
  const values = readOptions('npm run test:faults -- [options]', options, argv);
  if (values === null) return null;
  const { kind = '', program, browser, json } = values;
  const names = faultKinds.map(({ name }) => name);
  const kinds = names.filter((name) => name.includes(kind));
  if (kinds.length === 0) {
    throw new UsageError(`--kind is "${kind}"; it must be part of one of: ${names.join(', ')}`);
  }
  const programs = program === undefined ? programNames : [program as ProgramName];
  return { kinds, programs, browser: browser as BrowserName, json };
}
