/** Options of `npm start` and their checks. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readOptions } from '../lib/args.js';
import { UsageError } from '../lib/errors.js';
import { browserNames } from '../lib/flags.js';
import type { BrowserName } from '../lib/page.js';
import { models } from '../models/table.js';

const modelNames = models.map(({ name }) => name);

const options = {
  model: {
    value: 'NAMES',
    help: `models to run, comma between: ${modelNames.join(', ')}`,
    fallback: modelNames.join(','),
  },
  image: {
    value: 'FILE',
    help: 'a PNG, JPEG or WebP picture instead of those of the models, a flower and a face',
  },
  browser: {
    value: 'NAME',
    help: 'rasteriser of the browser',
    choices: browserNames,
    fallback: 'auto',
  },
  json: { value: 'FILE', help: 'write the figures to this file' },
} as const;

/** A picture that the user gives. */
export interface Image {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface StartRequest {
  /** Names of the models, each once. */
  readonly models: readonly string[];
  readonly image: Image | undefined;
  readonly browser: BrowserName;
  readonly json: string | undefined;
}

/** Reads the model names from --model, which may occur more than once. */
function readModels(argv: string[], fallback: string): string[] {
  const { values } = parseArgs({
    args: argv,
    options: { model: { type: 'string', multiple: true } },
    strict: false,
  });
  const given = (values.model as string[] | undefined) ?? [fallback];
  const names = given.flatMap((value) => value.split(','));
  const unknown = names.find((name) => !modelNames.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--model is "${unknown}"; it must be one of ${modelNames.join(', ')}`);
  }
  return [...new Set(names)];
}

function readImage(file: string): Image {
  try {
    return { file, bytes: readFileSync(file) };
  } catch (error) {
    throw new UsageError(`--image is "${file}", which cannot be read: ${(error as Error).message}`);
  }
}

/**
 * Returns the checked options, or null if the user requested the help.
 * @throws UsageError that says in one line what is wrong
 */
export function readStartOptions(argv: string[]): StartRequest | null {
  const values = readOptions('npm start -- [options]', options, argv);
  if (values === null) return null;
  const { model, image, browser, json } = values;
  return {
    models: readModels(argv, model),
    image: image === undefined ? undefined : readImage(image),
    browser: browser as BrowserName,
    json,
  };
}
