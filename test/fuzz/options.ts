/** Options of `npm run fuzz` and their checks. */
import { readOptions } from '../../scripts/lib/args.js';
import { UsageError } from '../../scripts/lib/errors.js';
import type { StoredPrecision } from '../../src/validator/index.js';
import { stockOf } from './stock.js';

type FuzzBackend = keyof typeof stockOf;

const places = ['swiftshader', 'llvmpipe', 'firefox', 'chrome', 'node'] as const;

const options = {
  runs: { value: 'N', help: 'cases', fallback: '20000' },
  seed: { value: 'N', help: 'seed of the sequence of cases (default a new one)' },
  backend: {
    value: 'NAME',
    help: 'what is judged (default tiled-webgl; tiled-cpu in node)',
    choices: Object.keys(stockOf),
  },
  browser: {
    value: 'NAME',
    help: 'where it runs; chrome takes a GPU if there is one, node is this process (default swiftshader; node for tiled-cpu)',
    choices: places,
  },
  precision: {
    value: 'NAME',
    help: 'floats in which tiled-webgl stores tensors, whose rounding is the bound',
    choices: ['float32', 'half'],
    fallback: 'float32',
  },
  path: { value: 'PATH', help: 'one case of the sequence, as a difference names it' },
} as const;

export interface FuzzRequest {
  readonly backend: FuzzBackend;
  readonly place: (typeof places)[number];
  readonly runs: number;
  readonly seed: number;
  readonly precision: StoredPrecision;
  readonly path: string | undefined;
}

/** Largest seed that fast-check can tell apart from all smaller ones. */
const MOST = 2 ** 31 - 1;

function readCount(name: string, value: string, least: number, most: number): number {
  const count = Number(value);
  if (/^\d+$/.test(value) && count >= least && count <= most) return count;
  throw new UsageError(
    `--${name} is "${value}"; it must be a whole number from ${least} to ${most}`,
  );
}

/**
 * Returns the checked options, or null if the user requested the help.
 * @throws UsageError that says in one line what is wrong
 */
export function readFuzzOptions(argv: string[]): FuzzRequest | null {
  const values = readOptions('npm run fuzz -- [options]', options, argv);
  if (values === null) return null;
  const { path } = values;
  const usualBackend = values.browser === 'node' ? 'tiled-cpu' : 'tiled-webgl';
  const backend = (values.backend ?? usualBackend) as FuzzBackend;
  const usual = backend === 'tiled-cpu' ? 'node' : 'swiftshader';
  const place = (values.browser ?? usual) as FuzzRequest['place'];
  if (place === 'node' && backend !== 'tiled-cpu') {
    throw new UsageError(`--browser is "node", where ${backend} does not run; use tiled-cpu there`);
  }
  const precision = values.precision as StoredPrecision;
  if (precision === 'half' && backend === 'tiled-cpu') {
    throw new UsageError('--precision is "half", but tiled-cpu stores float32 only');
  }
  if (path !== undefined && !/^\d+(:\d+)*$/.test(path)) {
    throw new UsageError(
      `--path is "${path}"; it must be numbers with colons between, as in 12:0:3`,
    );
  }
  if (path !== undefined && values.seed === undefined) {
    throw new UsageError(`--path is "${path}", which needs the --seed that it is a path of`);
  }
  return {
    backend,
    place,
    runs: path === undefined ? readCount('runs', values.runs, 1, 10_000_000) : 1,
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * MOST)
        : readCount('seed', values.seed, 0, MOST),
    precision,
    path,
  };
}
