/** `npm run sizes`: bytes that each entry of both packages costs an app, beside their budgets. */
import { readOptions } from './lib/args.js';
import { type Column, tableOf, textTable } from './report/table.js';
import { type AppSize, measureApps, overBudget } from './sizes/apps.js';

const kB = (bytes: number | null) => (bytes === null ? '-' : (bytes / 1000).toFixed(1));

const columns: Column<AppSize>[] = [
  ['kB, minified and gzipped', ({ entry }) => entry],
  ['this package', ({ own }) => kB(own)],
  ['budget', ({ ownBudget }) => kB(ownBudget)],
  ['with tfjs', ({ whole }) => kB(whole)],
  ['budget', ({ wholeBudget }) => kB(wholeBudget)],
];

export async function main(argv: string[]): Promise<number> {
  if (readOptions('npm run sizes', {}, argv) === null) return 0;
  const sizes = await measureApps();
  const { head, rows } = tableOf(columns, sizes);
  console.log(textTable(head, rows, 1));
  const complaints = overBudget(sizes);
  for (const complaint of complaints) console.log(complaint);
  return complaints.length > 0 ? 1 : 0;
}
