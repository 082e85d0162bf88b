/** Runs one of the project's built pages in a headless browser and takes its result. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { findBrowser, requireMesa } from './browser.js';
import { Failure } from './errors.js';
import { type BrowserName, browserFlags } from './flags.js';
import { root } from './root.js';
import { serve } from './server.js';

export type { BrowserName } from './flags.js';

export interface PageRun {
  /** Name of the page under dist/pages, for instance 'bench.html'. */
  page: string;
  /** Options that the page reads from its URL. */
  query?: Record<string, string>;
  browser: BrowserName;
  /** Time until the result must be there, in milliseconds; the browser's start counts. */
  timeoutMs: number;
  /** More files that the page can fetch, by their path on the server. */
  files?: Record<string, Uint8Array>;
  /** Called with each line the page reports. */
  onProgress?: (line: string) => void;
}

const keptConsoleLines = 20;

/** The page's last console lines, as the tail of an error message. */
function keepConsole(page: Page): () => string {
  const lines: string[] = [];
  page.on('console', (message) => {
    lines.push(`  ${message.type()}: ${message.text()}`);
    if (lines.length > keptConsoleLines) lines.shift();
  });
  return () => (lines.length === 0 ? '' : `\nlast console lines:\n${lines.join('\n')}`);
}

async function launch(executablePath: string, browser: BrowserName) {
  try {
    // Mesa keeps compiled shaders on disk, which would hide the cost of a first run.
    const env = { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true' } as Record<string, string>;
    return await chromium.launch({ executablePath, args: browserFlags(browser), env });
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new Failure(`The browser ${executablePath} does not start: ${reason}`);
  }
}

/**
 * Opens `page?post=1&...query`, forwards what the page POSTs to /progress, and resolves with the
 * JSON it POSTs to /result. The browser has ended when this settles.
 * @throws Failure when the page is not built, throws, crashes, or gives no result in time.
 */
export async function runPage(run: PageRun): Promise<unknown> {
  const folder = join(root, 'dist', 'pages');
  if (!existsSync(join(folder, run.page))) {
    throw new Failure(`dist/pages/${run.page} is not there: build it with \`npm run build\`.`);
  }
  if (run.browser === 'llvmpipe') requireMesa();
  const executablePath = await findBrowser();

  let succeed: (result: unknown) => void = () => {};
  let fail: (reason: string) => void = () => {};
  let consoleTail = () => '';
  const result = new Promise<unknown>((resolve, reject) => {
    succeed = resolve;
    fail = (reason) => reject(new Failure(`page ${run.page}: ${reason}${consoleTail()}`));
  });
  // It may be rejected before it is awaited below.
  result.catch(() => {});

  const timer = setTimeout(
    () => fail(`no result within ${Math.round(run.timeoutMs / 1000)} s`),
    run.timeoutMs,
  );
  const server = await serve({
    folder,
    files: run.files,
    onPost: {
      '/progress': (line) => run.onProgress?.(line),
      '/result': (body) => {
        try {
          succeed(JSON.parse(body));
        } catch {
          fail(`its result is not JSON: ${body.slice(0, 80)}`);
        }
      },
    },
  });
  try {
    const browser = await launch(executablePath, run.browser);
    try {
      browser.on('disconnected', () => fail('the browser ended before the result came'));
      const page = await browser.newPage();
      consoleTail = keepConsole(page);
      page.on('pageerror', (error) => fail(error.stack ?? String(error)));
      page.on('crash', () => fail('the page crashed'));
      const query = new URLSearchParams({ post: '1', ...run.query });
      // A page may block its thread for minutes before its load event: nothing waits for that.
      const opened = page.goto(`${server.origin}/${run.page}?${query}`, {
        waitUntil: 'commit',
        timeout: run.timeoutMs,
      });
      opened.catch((error: Error) => fail(error.message));
      return await result;
    } finally {
      await browser.close();
    }
  } finally {
    clearTimeout(timer);
    await server.close();
  }
}
