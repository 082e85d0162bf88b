/** Runs the faults in a browser, some on each page. */
import { Failure } from '../../scripts/lib/errors.js';
import {
  type BrowserKeeper,
  type BrowserName,
  keepBrowser,
  runPage,
} from '../../scripts/lib/page.js';
import type { PageError } from '../../scripts/report/page.js';
import { showProgress } from '../../scripts/report/progress.js';
import type { ProgramName } from '../../scripts/webgl/faults.js';
import type { FaultsRequest } from './options.js';
import type { FaultsPageResult } from './results.js';

/** Number of failing calls on one page. */
const A_PAGE = 60;
/** Milliseconds that one page may take. */
const timeoutMs = 10 * 60_000;

/** Runs the faults at the calls from `first` on, in a separate page. */
async function onPage(
  program: ProgramName,
  kind: string,
  first: number,
  browser: BrowserName,
  keeper: BrowserKeeper,
): Promise<FaultsPageResult> {
  const result = (await runPage({
    page: 'faults.html',
    query: { program, kind, first: String(first), last: String(first + A_PAGE - 1) },
    browser,
    timeoutMs,
    onProgress: showProgress,
    keeper,
  })) as FaultsPageResult | PageError;
  if ('error' in result) throw new Failure(`page faults.html: ${result.error}`);
  return result;
}

/** Runs every kind of fault, and yields the result of each page as it comes. */
export async function* faultPages({
  kinds,
  programs,
  browser,
}: FaultsRequest): AsyncGenerator<FaultsPageResult> {
  const keeper = keepBrowser();
  try {
    for (const [program, kind] of programs.flatMap((p) => kinds.map((k) => [p, k] as const))) {
      for (let first = 1, calls = 1; first <= calls; first += A_PAGE) {
        const page = await onPage(program, kind, first, browser, keeper);
        ({ calls } = page);
        yield page;
      }
    }
  } finally {
    await keeper.close();
  }
}
