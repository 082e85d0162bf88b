/**
 * `npm run test:faults`: makes each WebGL call that can fail in a driver fail, one at a time, in a
 * browser.
 */
import { faultPages } from '../test/faults/inBrowser.js';
import { readFaultsOptions } from '../test/faults/options.js';
import { failureText, faultsText } from '../test/faults/text.js';
import { jsonOutput } from './lib/output.js';
import type { Device } from './report/page.js';
import { endProgress } from './report/progress.js';
import type { FaultResult } from './webgl/faultProgram.js';

/** @returns 0: every outcome is right or a clear error, and nothing is left behind; otherwise 1 */
export async function main(argv: string[]): Promise<number> {
  const request = readFaultsOptions(argv);
  if (request === null) return 0;
  const { json } = request;
  const writeJson = json === undefined ? undefined : jsonOutput('--json', json);
  const results: FaultResult[] = [];
  let device: Device | undefined;
  try {
    for await (const page of faultPages(request)) {
      ({ device } = page);
      results.push(...page.results);
      endProgress();
      for (const result of page.results) if (!result.isGood) console.log(failureText(result));
    }
  } finally {
    if (results.length > 0) console.log(faultsText(results));
  }
  writeJson?.({ device, results });
  console.log(`On ${device?.renderer}`);
  return results.every(({ isGood }) => isGood) ? 0 : 1;
}
