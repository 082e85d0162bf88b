/** `npm run test:tfjs-core`: runs tfjs-core's published tests on one backend, in a browser. */
import { readSuiteOptions } from '../test/tfjsCore/options.js';
import type { SuiteResult } from '../test/tfjsCore/results.js';
import { isAsExpected, suiteText } from '../test/tfjsCore/text.js';
import { jsonOutput } from './lib/output.js';
import { runPage } from './lib/page.js';

const timeoutMs = 30 * 60_000;

/** @returns 0: only what is known to fail has failed; otherwise 1 */
export async function main(argv: string[]): Promise<number> {
  const request = readSuiteOptions(argv);
  if (request === null) return 0;
  const { backend, grep, browser, json, known } = request;
  const writeJson = json === undefined ? undefined : jsonOutput('--json', json);
  console.log(`tfjs-core's tests on ${backend} (${browser}) ...`);
  const result = (await runPage({
    page: 'tfjs-core.html',
    query: { backend, grep },
    browser,
    timeoutMs,
    onProgress: (line) => console.log(line),
  })) as SuiteResult;
  writeJson?.(result);
  console.log(suiteText(result, known));
  return isAsExpected(result, known) ? 0 : 1;
}
