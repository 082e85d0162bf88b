/** Options of `npm run soak` and their checks. */
import { readOptions } from '../../scripts/lib/args.js';
import { UsageError } from '../../scripts/lib/errors.js';

const browsers = ['swiftshader', 'llvmpipe', 'chrome'] as const;

const options = {
  minutes: {
    value: 'N',
    help: 'how long, if that is more than one round of mishaps',
    fallback: '60',
  },
  browser: {
    value: 'NAME',
    help: 'where it runs; chrome takes a GPU if there is one',
    choices: browsers,
    fallback: 'swiftshader',
  },
  seed: { value: 'N', help: 'seed of what happens when (default a new one)' },
} as const;

export interface SoakRequest {
  readonly minutes: number;
  readonly browser: (typeof browsers)[number];
  readonly seed: number;
}

const DAY = 24 * 60;
const MOST = 2 ** 31 - 1;

function numberIn(name: string, value: string, pattern: RegExp, what: string, most: number) {
  const number = Number(value);
  if (pattern.test(value) && number <= most) return number;
  throw new UsageError(`--${name} is "${value}"; it must be ${what} up to ${most}`);
}

/**
 * Returns the checked options, or null if the user requested the help.
 * @throws UsageError that says in one line what is wrong
 */
export function readSoakOptions(argv: string[]): SoakRequest | null {
  const values = readOptions('npm run soak -- [options]', options, argv);
  if (values === null) return null;
  const minutes = numberIn(
    'minutes',
    values.minutes,
    /^(?=.*[1-9])\d+(\.\d+)?$/,
    'a number above 0, such as 3 or 0.5,',
    DAY,
  );
  return {
    minutes,
    browser: values.browser as SoakRequest['browser'],
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * MOST)
        : numberIn('seed', values.seed, /^\d+$/, 'a whole number', MOST),
  };
}
