/** Short run of the fuzz in a page. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { startEngine } from '../../fuzz/engine.js';
import { fuzz } from '../../fuzz/fuzz.js';
import { stockOf } from '../../fuzz/stock.js';
import { countsText } from '../../fuzz/text.js';
import type { ours } from '../../support/setup.js';

/** Expects no difference in this many cases, most of which compute something. */
export async function expectNoDifference(
  backend: (typeof ours)[number],
  runs: number,
  seed: number,
) {
  const engine = await startEngine(backend);
  const report = await fuzz({ backend, stock: stockOf[backend], engine, runs, seed });
  expect(report.difference).to.equal(null);
  expect(report.cases, countsText(report.counts)).to.equal(runs);
  expect(report.counts.right, 'right').to.be.above((2 * runs) / 3);
  return { report, engine };
}
