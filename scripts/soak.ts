/** `npm run soak`: runs models in rotation while contexts are lost and memory is scarce. */

import { readSoakOptions } from '../test/soak/options.js';
import { faultsOf, type SoakResult } from '../test/soak/result.js';
import { soakText } from '../test/soak/text.js';
import { Failure } from './lib/errors.js';
import { type BrowserName, runPage } from './lib/page.js';
import type { PageError } from './report/page.js';
import { endProgress, showProgress } from './report/progress.js';

/** Flags that let the page collect its garbage and see its exact heap size. */
const flags = ['--js-flags=--expose-gc', '--enable-precise-memory-info'];

/** @returns 0: nothing wrong, nothing left behind, enough losses survived; otherwise 1 */
export async function main(argv: string[]): Promise<number> {
  const request = readSoakOptions(argv);
  if (request === null) return 0;
  const { minutes, browser, seed } = request;
  const result = (await runPage({
    page: 'soak.html',
    query: { minutes: String(minutes), seed: String(seed) },
    browser: browser === 'chrome' ? 'auto' : (browser as BrowserName),
    flags,
    // Extra time for loading, the last predictions, and a prediction that hangs.
    timeoutMs: (minutes + 10) * 60_000,
    onProgress: showProgress,
  })) as SoakResult | PageError;
  endProgress();
  if ('error' in result) throw new Failure(`page soak.html: ${result.error}`);
  console.log(soakText(result, request));
  return faultsOf(result, minutes).length === 0 ? 0 : 1;
}
