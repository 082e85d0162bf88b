/** The validator's command line, checked before anything runs. */
import { variantNames } from '../../../src/index.js';
import {
  type GridName,
  isConvCase,
  parseCaseId,
  type StoredPrecision,
} from '../../../src/validator/index.js';
import { readOptions } from '../../lib/args.js';
import { UsageError } from '../../lib/errors.js';
import { textOutput } from '../../lib/output.js';
import type { MaskName } from '../../webgl/masks.js';
import { chooseCases } from './choice.js';
import { type Expectations, noExpectations, readExpectations } from './expectations.js';
import type { Place, ValidatorJob } from './job.js';
import { options } from './options.js';
import type { Rerun } from './rerun.js';

const known = ['tiled-webgl', 'tiled-cpu', 'tiled', 'webgl', 'cpu', 'wasm', 'webgpu'];
const knownInNode = ['tiled-cpu', 'cpu'];

/** Kinds of report that can be written to a file. */
export type FileKind = 'json' | 'junit' | 'html';

export interface Request {
  readonly job: ValidatorJob;
  /** The grid's name, or the id or pattern that is run instead. */
  readonly grid: string;
  /** Seed that replaces every case's own seed. */
  readonly seed: number | undefined;
  readonly expected: Expectations;
  /** Functions that write the text of each requested report. */
  readonly files: Partial<Record<FileKind, (text: string) => void>>;
  /** True to print the ids and run nothing. */
  readonly listOnly: boolean;
  readonly rerun: Rerun;
}

function checkBackends(
  names: readonly string[],
  option: string,
  place: Place,
  module: string | undefined,
): void {
  const allowed = place === 'node' ? knownInNode : known;
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown === undefined || module !== undefined) return;
  const where = place === 'node' ? ' in node' : '';
  throw new UsageError(
    `${option} is "${unknown}"; it must be one of ${allowed.join(', ')}${where}, or what a ` +
      '--module registers',
  );
}

function referencesOf(value: string | undefined, backend: string, place: Place): string[] {
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
  if (backend !== 'tiled-webgl' && backend !== 'tiled-cpu') {
    if (value === undefined) return '';
    throw new UsageError(
      `--variant is "${value}", but only tiled-webgl and tiled-cpu have variants to force`,
    );
  }
  if (value === undefined) return grid === 'full' ? 'all' : '';
  const names = ['all', ...variantNames(backend)];
  if (names.includes(value)) return value;
  throw new UsageError(`--variant is "${value}"; it must be one of ${names.join(', ')}`);
}

function checkHalf(ids: readonly string[]): void {
  const other = ids.find((id) => !isConvCase(parseCaseId(id)));
  if (other === undefined) return;
  throw new UsageError(
    `--precision is "half", which has a bound for convolutions only, but a case is ${other}`,
  );
}

function filesOf(values: Partial<Record<FileKind, string>>): Request['files'] {
  return Object.fromEntries(
    (['json', 'junit', 'html'] as const).flatMap((kind) => {
      const file = values[kind];
      return file === undefined ? [] : [[kind, textOutput(`--${kind}`, file)]];
    }),
  );
}

/**
 * Reads and checks the command line.
 * @param command the words before the options on the command line
 * @returns null if help was requested, which has been printed
 * @throws UsageError that names the first invalid option
 */
export function readRequest(argv: string[], command: string): Request | null {
  const values = readOptions(`${command} [options]`, options, argv);
  if (values === null) return null;
  const { module, xfail } = values;
  const mask = values.mask as MaskName | undefined;
  const { grid = 'core' } = values;
  const place = values.browser as Place;
  const { backend = place === 'node' ? 'tiled-cpu' : 'tiled-webgl' } = values;
  const reference = referencesOf(values.reference, backend, place);
  checkBackends([backend], '--backend', place, module);
  checkBackends(reference, '--reference', place, module);
  if (mask !== undefined && place === 'node') {
    throw new UsageError(`--mask is "${mask}", but there is no WebGL to mask in node`);
  }
  const precision = values.precision as StoredPrecision;
  if (precision === 'half' && place === 'node') {
    throw new UsageError(
      '--precision is "half", but there is no WebGL to draw half floats in node',
    );
  }
  const isCaptured = values.captured !== undefined;
  if (isCaptured && !backend.startsWith('tiled')) {
    throw new UsageError(
      `--captured needs a backend of tfjs-backend-tiled, but --backend is "${backend}"`,
    );
  }
  const variant = readVariant(values.variant, backend, grid);
  const seed = readSeed(values.seed);
  const expected = xfail === undefined ? noExpectations : readExpectations(xfail);
  const ids = chooseCases(values.grid as GridName | undefined, values.q, seed);
  if (precision === 'half') checkHalf(ids);
  return {
    job: { backend, reference, ids, variant, isCaptured, precision, module, place, mask },
    grid: values.q ?? grid,
    seed,
    expected,
    files: filesOf(values),
    listOnly: values.list !== undefined,
    rerun: {
      command,
      backend,
      reference,
      browser: place,
      module,
      mask,
      isCaptured,
      precision: precision === 'half' ? precision : undefined,
      xfail,
    },
  };
}
