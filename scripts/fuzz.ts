/** `npm run fuzz`: random convolutions, good and bad, against the float64 oracle and stock. */
import { engine, env } from '@tensorflow/tfjs-core';
import { repeating } from './fuzz/confirm.js';
import type { FuzzReport } from './fuzz/fuzz.js';
import { fuzzInBrowser } from './fuzz/inBrowser.js';
import { type FuzzRequest, readFuzzOptions } from './fuzz/options.js';
import { stockOf } from './fuzz/stock.js';
import { faultsOf, progressText, reportText } from './fuzz/text.js';
import { endProgress, showProgress } from './reporting/progress.js';

/** Who fuzzes in a browser needs no backend in this process. */
async function fuzzHere(
  { backend, runs, seed, path }: FuzzRequest,
  onProgress: (done: number) => void,
): Promise<FuzzReport> {
  // Backends of a run before this one are gone.
  engine().reset();
  // Else each instance of the CPU backend prints an advertisement.
  env().set('IS_TEST', true);
  await import('../src/index.js');
  const { fuzz } = await import('./fuzz/fuzz.js');
  const { startEngine } = await import('./fuzz/engine.js');
  const started = await startEngine(backend);
  const stock = stockOf[backend];
  return fuzz({ backend, stock, engine: started, runs, seed, path, onProgress });
}

/** @returns 0: no difference; 1: there is one, or less was tried than asked for */
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
