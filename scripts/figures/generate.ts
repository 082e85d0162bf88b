/** Everything that is generated from docs/figures: parts of documents, and pictures. */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { barChart, type Chart } from './chart.js';
import { charts } from './charts.js';
import { type Figures, figuresFolder, type Runs, readRuns } from './files.js';
import { headlines, headlinesWithCommands } from './headlines.js';
import { layerBlock } from './layerBlock.js';
import { fillMarkers } from './markers.js';
import { netBlock } from './netBlock.js';

export interface Generated {
  /** Relative to the repository. */
  path: string;
  /** The file's text now; null if there is none. */
  now: string | null;
  /** The text that it should have. */
  text: string;
}

const runBlock = (figures: Figures) =>
  figures.suite === 'layers' ? layerBlock(figures) : netBlock(figures);

const picturePath = (name: string) => `${figuresFolder}/${name}.svg`;

/** Returns a picture's Markdown for a document; empty if there is no picture. */
function embedded(name: string, chart: Chart | null, document: string): string {
  if (chart === null) return '';
  const path = posix.relative(posix.dirname(document), picturePath(name));
  return `![${chart.title} ${chart.series.join(', ')}](${path})`;
}

/** Returns what can stand between markers of a document, by the name in its marker. */
export function blocksFor(document: string, runs: Runs): Map<string, string> {
  return new Map([
    ['headlines', headlines(runs)],
    ['headlines with commands', headlinesWithCommands(runs)],
    ...[...runs].map(([name, figures]): [string, string] => [name, runBlock(figures)]),
    ...[...charts(runs)].map(([name, chart]): [string, string] => [
      `picture ${name}`,
      embedded(name, chart, document),
    ]),
  ]);
}

/** Returns the names of the markers that each document must have. */
const required = (runs: Runs): Record<string, readonly string[]> => ({
  'README.md': ['headlines'],
  'docs/performance.md': ['headlines with commands', ...runs.keys()],
});

/**
 * Generates all texts from the figures of a repository; writes nothing.
 * @throws Failure if a file of figures is malformed, or a document's markers are not as they must be
 */
export function generate(root: string): Generated[] {
  const runs = readRuns(root);
  const documents = Object.entries(required(runs)).map(([path, names]) => {
    const now = readFileSync(join(root, path), 'utf8');
    return { path, now, text: fillMarkers(path, now, blocksFor(path, runs), names) };
  });
  const pictures = [...charts(runs)].flatMap(([name, chart]) => {
    if (chart === null) return [];
    const path = picturePath(name);
    const file = join(root, path);
    const now = existsSync(file) ? readFileSync(file, 'utf8') : null;
    return [{ path, now, text: barChart(chart) }];
  });
  return [...documents, ...pictures];
}
