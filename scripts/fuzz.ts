/** `npm run fuzz`: random convolutions, good and bad, against the float64 oracle and stock. */
import { env } from '@tensorflow/tfjs-core';
import type { FuzzReport } from './fuzz/fuzz.js';
import { fuzzInBrowser } from './fuzz/inBrowser.js';
import { stockOf } from './fuzz/judge.js';
import { type FuzzRequest, readFuzzOptions } from './fuzz/options.js';
import { progressText, reportText } from './fuzz/text.js';
import { endProgress, showProgress } from './reporting/progress.js';

/** Who fuzzes in a browser needs no backend in this process. */
async function fuzzHere(
  { backend, runs, seed, path }: FuzzRequest,
  onProgress: (done: number) => void,
): Promise<FuzzReport> {
  // Else each instance of the CPU backend prints an advertisement.
  env().set('IS_TEST', true);
  await import('../src/index.js');
  const { fuzz } = await import('./fuzz/fuzz.js');
  return fuzz({ backend, stock: stockOf[backend], runs, seed, path, onProgress });
}

/** @returns 0: no difference; 1: there is one */
export async function main(argv: string[]): Promise<number> {
  const request = readFuzzOptions(argv);
  if (request === null) return 0;
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const onProgress = (done: number) => showProgress(progressText(done, request, elapsed()));
  const run = request.place === 'node' ? fuzzHere : fuzzInBrowser;
  const report = await run(request, onProgress);
  endProgress();
  console.log(reportText(report, request, elapsed()));
  return report.difference === null ? 0 : 1;
}
