/**
 * `npm run fuzz`: compares random convolutions, valid and invalid, with the float64 oracle and
 * stock.
 */
import { engine, env } from '@tensorflow/tfjs-core';
import { repeating } from '../test/fuzz/confirm.js';
import type { FuzzReport } from '../test/fuzz/fuzz.js';
import { fuzzInBrowser } from '../test/fuzz/inBrowser.js';
import { type FuzzRequest, readFuzzOptions } from '../test/fuzz/options.js';
import { stockOf } from '../test/fuzz/stock.js';
import { faultsOf, progressText, reportText } from '../test/fuzz/text.js';
import { endProgress, showProgress } from './report/progress.js';

/**
 * Runs the fuzz in this process. Backends are imported only here, because a fuzz in a browser needs
 * none in this process.
 */
async function fuzzHere(
  { backend, runs, seed, path }: FuzzRequest,
  onProgress: (done: number) => void,
): Promise<FuzzReport> {
  // Dispose of the backends of an earlier run.
  engine().reset();
  // Otherwise each instance of the CPU backend prints an advertisement.
  env().set('IS_TEST', true);
  await import('../src/index.js');
  const { fuzz } = await import('../test/fuzz/fuzz.js');
  const { startEngine } = await import('../test/fuzz/engine.js');
  const started = await startEngine(backend);
  const stock = stockOf[backend];
  return fuzz({ backend, stock, engine: started, runs, seed, path, onProgress });
}

/** @returns 0: no difference; 1: a difference, or fewer cases or variants ran than requested */
export async function main(argv: string[]): Promise<number> {
  const request = readFuzzOptions(argv);
  if (request === null) return 0;
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const run = request.place === 'node' ? fuzzHere : fuzzInBrowser;
  const report = await run(request, (done) => showProgress(progressText(done, request, elapsed())));
  endProgress();
  const again = await repeating(report, request, (alone) => run(alone, () => {}));
  console.log(reportText(report, request, elapsed(), again));
  return report.difference === null && faultsOf(report, request).length === 0 ? 0 : 1;
}
