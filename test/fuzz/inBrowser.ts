/** Runs the fuzz in a browser page. */

import { Failure } from '../../scripts/lib/errors.js';
import { type BrowserName, PageFailure, runPage } from '../../scripts/lib/page.js';
import type { PageError } from '../../scripts/report/page.js';
import { readJson } from '../../src/validator/index.js';
import type { FuzzReport } from './fuzz.js';
import type { FuzzRequest } from './options.js';
import { againText } from './text.js';

/** Message from the running page: the path of the next case, or the number of finished cases. */
export type FuzzMessage = { readonly at: string | null } | { readonly done: number };

/**
 * Milliseconds that a page with `runs` cases may take. A case needs a few milliseconds, and
 * shrinking one needs a few minutes at most.
 */
const timeoutMs = (runs: number) => 30 * 60_000 + runs * 200;

/**
 * Runs the fuzz in a browser and returns its report.
 * @param onProgress called with the number of finished cases
 * @throws PageFailure that names the case in which the page hung or crashed
 */
export async function fuzzInBrowser(
  request: FuzzRequest,
  onProgress: (done: number) => void,
): Promise<FuzzReport> {
  const { backend, place, runs, seed, precision, path } = request;
  let last: string | null = null;
  try {
    const result = (await runPage({
      page: 'fuzz.html',
      query: {
        backend,
        runs: String(runs),
        seed: String(seed),
        precision,
        ...(path === undefined ? {} : { path }),
      },
      browser: place === 'chrome' ? 'auto' : (place as BrowserName | 'firefox'),
      timeoutMs: timeoutMs(runs),
      onProgress: (body) => {
        for (const message of JSON.parse(body) as FuzzMessage[]) {
          if ('done' in message) onProgress(message.done);
          else last = message.at ?? last;
        }
      },
    })) as { readonly json: string } | PageError;
    if ('error' in result) throw new Failure(`page fuzz.html: ${result.error}`);
    return readJson(result.json) as FuzzReport;
  } catch (error) {
    if (!(error instanceof PageFailure) || last === null) throw error;
    error.message += `\nthe last case: ${againText({ ...request, path: last })}`;
    throw error;
  }
}
