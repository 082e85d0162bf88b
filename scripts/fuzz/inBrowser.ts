/** The fuzz in a page of its own. */
import { readJson } from '../../src/validator/index.js';
import { Failure } from '../lib/errors.js';
import { type BrowserName, PageFailure, runPage } from '../lib/page.js';
import type { PageError } from '../reporting/results.js';
import type { FuzzReport } from './fuzz.js';
import type { FuzzRequest } from './options.js';
import { againText } from './text.js';

/** What the page tells while it runs: the place of the case that comes next, or how many are done. */
export type FuzzMessage = { readonly at: string | null } | { readonly done: number };

/** A case takes some milliseconds, its shrinking some minutes at most. */
const timeoutMs = (runs: number) => 30 * 60_000 + runs * 200;

/**
 * @param onProgress told how many cases are done
 * @throws PageFailure that names the case in which the page hung or crashed
 */
export async function fuzzInBrowser(
  request: FuzzRequest,
  onProgress: (done: number) => void,
): Promise<FuzzReport> {
  const { backend, place, runs, seed, path } = request;
  let last: string | null = null;
  try {
    const result = (await runPage({
      page: 'fuzz.html',
      query: {
        backend,
        runs: String(runs),
        seed: String(seed),
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
