/** The table of variants as a heat map: a cell is redder the slower it is than the row's best. */

import { h, type Tree } from '../../report/html.js';
import { htmlTable } from '../../report/markup.js';
import { ms } from '../../report/table.js';
import type { VariantRow } from '../results.js';
import { variantColumns } from './layerColumns.js';

/** Multiple of the best time from which a cell is at its reddest. */
const reddest = 3;

function cell({ ms: times, chosen, best, errors }: VariantRow, name: string): Tree {
  if (Object.hasOwn(errors, name)) return h('span', { class: 'bad' }, 'failed');
  const time = times[name];
  if (time === undefined || best === null) return h('span', { class: 'soft' }, '-');
  const heat = Math.min(1, Math.log(time / times[best]) / Math.log(reddest));
  const kind = name === chosen ? 'heat chosen' : 'heat';
  const star = name === chosen ? '*' : '';
  return h(
    'span',
    { class: kind, style: `--heat:${Math.round(100 * heat)}%` },
    `${ms(time)}${star}`,
  );
}

/** Returns a heading and a table for each kernel. */
export function variantHeat(rows: readonly VariantRow[]): Tree[] {
  const kernels = [...new Set(rows.map(({ kernel }) => kernel))];
  return kernels.flatMap((kernel) => {
    const ofKernel = rows.filter((row) => row.kernel === kernel);
    const names = variantColumns(ofKernel);
    const table = htmlTable(
      ['layer', ...names, 'chosen/best'],
      ofKernel.map((row) => [
        row.id,
        ...names.map((name) => cell(row, name)),
        row.chosenToBest?.toFixed(2) ?? '-',
      ]),
    );
    return [h('h3', {}, `${kernel}, ms`), h('div', { class: 'heatmap' }, table)];
  });
}
