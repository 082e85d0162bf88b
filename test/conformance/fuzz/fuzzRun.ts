/** Short run of the fuzz in a page. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import type { StoredPrecision } from '../../../src/validator/index.js';
import { startEngine } from '../../fuzz/engine.js';
import { fuzz } from '../../fuzz/fuzz.js';
import { stockOf } from '../../fuzz/stock.js';
import { countsText } from '../../fuzz/text.js';
import type { ours } from '../../support/setup.js';

/**
 * Expects no difference in this many cases, most of which compute something.
 * @param how.name name of the backend, if it is registered under another one
 */
export async function expectNoDifference(
  backend: (typeof ours)[number],
  runs: number,
  seed: number,
  { name = backend, precision }: { name?: string; precision?: StoredPrecision } = {},
) {
  const engine = await startEngine(backend, name);
  const bench = { backend: name, stock: stockOf[backend], engine, precision };
  const report = await fuzz({ ...bench, runs, seed });
  expect(report.difference).to.equal(null);
  expect(report.cases, countsText(report.counts)).to.equal(runs);
  expect(report.counts.right, 'right').to.be.above((2 * runs) / 3);
  return { report, engine };
}
