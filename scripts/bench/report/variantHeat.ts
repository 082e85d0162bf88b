/** The table of variants as a heat map: a cell is redder the slower it is than the row's best. */

import { escaped, htmlTable } from '../../report/markup.js';
import { ms } from '../../report/table.js';
import type { VariantRow } from '../results.js';
import { variantColumns } from './layerColumns.js';

/** Multiple of the best time from which a cell is at its reddest. */
const reddest = 3;

function cell({ ms: times, chosen, best, errors }: VariantRow, name: string): string {
  if (Object.hasOwn(errors, name)) return '<span class="bad">failed</span>';
  const time = times[name];
  if (time === undefined || best === null) return '<span class="soft">-</span>';
  const heat = Math.min(1, Math.log(time / times[best]) / Math.log(reddest));
  const kind = name === chosen ? 'heat chosen' : 'heat';
  const star = name === chosen ? '*' : '';
  return `<span class="${kind}" style="--heat:${Math.round(100 * heat)}%">${ms(time)}${star}</span>`;
}

export function variantHeat(rows: readonly VariantRow[]): string {
  const kernels = [...new Set(rows.map(({ kernel }) => kernel))];
  return kernels
    .map((kernel) => {
      const ofKernel = rows.filter((row) => row.kernel === kernel);
      const names = variantColumns(ofKernel);
      const head = ['layer', ...names.map(escaped), 'chosen/best'];
      const body = ofKernel.map((row) => [
        escaped(row.id),
        ...names.map((name) => cell(row, name)),
        row.chosenToBest?.toFixed(2) ?? '-',
      ]);
      return `<h3>${kernel}, ms</h3><div class="heatmap">${htmlTable(head, body)}</div>`;
    })
    .join('\n');
}
