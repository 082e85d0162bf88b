/** The generated part of a document about a run over layers. */
import { layerColumns, summaryColumns, variantGrids } from '../bench/report/layerColumns.js';
import { choiceText } from '../bench/report/text.js';
import type { RatioSummary } from '../bench/results.js';
import type { Column } from '../report/table.js';
import type { LayerFigures } from './layerFigures.js';
import { details, markdownRows, markdownTable, paragraphs } from './markdown.js';
import { runText } from './provenance.js';

/** Says what limits the device, and what a kernel call costs. */
function deviceText({ maddGflops, fetchGtexels, topGflops, host }: LayerFigures): string {
  const ceilings = [
    ...(maddGflops === null ? [] : [`${maddGflops.toFixed(1)} GFLOP/s of multiply-adds`]),
    ...(fetchGtexels === null ? [] : [`${fetchGtexels.toFixed(2)} Gtexel/s of RGBA32F fetches`]),
  ];
  const costs = host.map(({ backend, microseconds }) => `${backend} ${microseconds.toFixed(0)}`);
  return [
    ...(ceilings.length === 0 ? [] : [`Ceilings: ${ceilings.join(', ')}.`]),
    ...(topGflops === null ? [] : [`The fastest layer runs at ${topGflops.toFixed(0)} GFLOP/s.`]),
    ...(costs.length === 0
      ? []
      : [`Microseconds that a kernel call costs its thread: ${costs.join(', ')}.`]),
  ].join(' ');
}

type Class = RatioSummary & { name: string };

const classColumns: readonly Column<Class>[] = [['class', ({ name }) => name], ...summaryColumns];

/** A table has the rows of one reference. */
const rowColumns = layerColumns.filter(([head]) => head !== 'vs');

function against({ backend, vs, classes, rows }: LayerFigures, name: string): string {
  const sums = Object.entries({ ...classes[name], all: vs[name] });
  const ofOne = rows.filter((row) => row.vs === name);
  const failed = ofOne.filter(({ ok }) => !ok).map(({ id }) => id);
  return paragraphs(
    `${backend} against ${name}:`,
    markdownRows(
      classColumns,
      sums.map(([className, sum]) => ({ name: className, ...sum })),
    ),
    failed.length === 0 ? '' : `Failed, and in no mean: ${failed.join(', ')}.`,
    ofOne.length === 0
      ? ''
      : details(
          `Each layer against ${name}: ${ofOne.length} of ${vs[name].count + failed.length}`,
          markdownRows(rowColumns, ofOne),
        ),
  );
}

function variantText({ choice, variants }: LayerFigures): string {
  if (choice === null) return '';
  const how =
    "Milliseconds with its input in each variant's own tiles; * is the one that is chosen for " +
    'input that lies in no tile yet.';
  const tables = variantGrids(variants).map((grid) => markdownTable(grid));
  return paragraphs(
    `${choiceText(choice)}.`,
    tables.length === 0 ? '' : details('Every variant on each layer', paragraphs(how, ...tables)),
  );
}

export function layerBlock(figures: LayerFigures): string {
  return paragraphs(
    runText(figures.from),
    deviceText(figures),
    ...Object.keys(figures.vs).map((name) => against(figures, name)),
    variantText(figures),
  );
}
