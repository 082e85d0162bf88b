/** Files of docs/figures: one for each run of the benchmark whose figures the documents show. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../lib/errors.js';
import { jsonText, Malformed, oneOf, type Reader } from './json.js';
import { type LayerFigures, layerFigures } from './layerFigures.js';
import { type NetFigures, netFigures } from './netFigures.js';

/** Folder of the figures, relative to the repository. */
export const figuresFolder = 'docs/figures';

/** Names in the order of the headlines; files with other names come after these. */
const order = [
  'models-swiftshader',
  'models-llvmpipe',
  'models-tiled-cpu',
  'layers-swiftshader',
  'layers-llvmpipe',
  'layers-swiftshader-tuned',
  'layers-llvmpipe-tuned',
  'layers-tiled-cpu',
];

export type Figures = LayerFigures | NetFigures;

/** Figures of each run, by the name of its file without ending. */
export type Runs = ReadonlyMap<string, Figures>;

const forms: Record<Figures['suite'], Reader<Figures>> = {
  layers: layerFigures,
  models: netFigures,
  zoo: netFigures,
  training: netFigures,
};

const suiteOf = oneOf('layers', 'models', 'zoo', 'training');

/** Returns the content of a file of figures. */
export const figuresText = (figures: Figures) => `${jsonText(figures)}\n`;

/**
 * Reads the content of a file.
 * @param path of the file, for messages
 * @throws Failure that names the file and the field
 */
export function readFigures(path: string, content: string): Figures {
  try {
    const value = JSON.parse(content) as { suite?: unknown } | null;
    return forms[suiteOf(value?.suite, 'suite')](value, '');
  } catch (error) {
    const { message } = error as Error;
    const why = error instanceof Malformed ? message : `it is not JSON: ${message.split('\n')[0]}`;
    throw new Failure(`${path}: ${why}`);
  }
}

/**
 * Reads the figures of a repository, in the order of the headlines.
 * @throws Failure if a file is malformed
 */
export function readRuns(root: string): Runs {
  const names = readdirSync(join(root, figuresFolder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  names.sort((a, b) => place(a) - place(b));
  return new Map(
    names.map((name) => {
      const path = `${figuresFolder}/${name}.json`;
      return [name, readFigures(path, readFileSync(join(root, path), 'utf8'))];
    }),
  );
}
