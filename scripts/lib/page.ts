/** Runs one of the project's built pages in a browser nobody sees and takes its result. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, requireMesa } from './browser.js';
import { couldNotRun, Failure } from './errors.js';
import { startFirefox } from './firefox.js';
import { type BrowserName, browserFlags } from './flags.js';
import { root } from './root.js';
import { serve } from './server.js';

export type { BrowserName } from './flags.js';

export interface PageRun {
  /** Name of the page under dist/pages, for instance 'bench.html'. */
  page: string;
  /** Options that the page reads from its URL. */
  query?: Record<string, string>;
  browser: BrowserName | 'firefox';
  /** More command line flags for a Chromium. */
  flags?: readonly string[];
  /** Time until the result must be there, in milliseconds; the browser's start counts. */
  timeoutMs: number;
  /** More files that the page can fetch, by their path on the server. */
  files?: Record<string, Uint8Array>;
  /** Called with each line the page reports. */
  onProgress?: (line: string) => void;
  /** Ends the browser; runPage then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Where the browser stays for the next page. */
  keeper?: BrowserKeeper;
}

interface PageState {
  /** Whether it had reported anything: then that it failed is something that was found. */
  readonly hasBegun?: boolean;
  /** Whether it threw, at a moment that says nothing of what it was doing. */
  readonly isUncaught?: boolean;
  readonly consoleLines?: readonly string[];
}

/** Why a page gave no result. */
export class PageFailure extends Failure {
  override name = 'PageFailure';
  override readonly exitStatus: number;
  readonly isUncaught: boolean;

  /** @param reason one line, or a stack */
  constructor(
    page: string,
    readonly reason: string,
    { hasBegun = false, isUncaught = false, consoleLines = [] }: PageState = {},
  ) {
    const tail = consoleLines.length === 0 ? [] : ['last console lines:', ...consoleLines];
    super([`page ${page}: ${reason}`, ...tail].join('\n'));
    this.exitStatus = hasBegun ? 1 : couldNotRun;
    this.isUncaught = isUncaught;
  }
}

/** Keeps a Chromium from page to page. Firefox shows one page and ends with it. */
export interface BrowserKeeper {
  /** The browser that is there, or a new one for this run and those after it. */
  get(run: PageRun): Promise<Browser>;
  close(): Promise<void>;
}

export function keepBrowser(): BrowserKeeper {
  let browser: Browser | undefined;
  return {
    get: async (run) => {
      if (!browser?.isConnected()) browser = await launchChromium(await findBrowser(), run);
      return browser;
    },
    close: async () => browser?.close(),
  };
}

/** What a browser tells while it shows the page. */
interface Watcher {
  fail(reason: string, isUncaught?: boolean): void;
  onConsole(line: string): void;
}

/** An opened page. */
interface Running {
  /** Ends the browser too unless it is kept; a page that failed may have broken or hung it. */
  close(failed: boolean): Promise<void>;
}

const keptConsoleLines = 20;

async function launchChromium(executablePath: string, run: PageRun) {
  // Who never opens a browser need not have it installed.
  const { chromium } = await import('playwright-core');
  try {
    // Mesa keeps compiled shaders on disk, which would hide the cost of a first run.
    const env = { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true' } as Record<string, string>;
    const args = [...browserFlags(run.browser as BrowserName), ...(run.flags ?? [])];
    // Who gives a signal ends the browser in order; else Ctrl-C ends it and this process.
    const handleSIGINT = run.signal === undefined;
    return await chromium.launch({
      executablePath,
      args,
      env,
      handleSIGINT,
      timeout: run.timeoutMs,
    });
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new Failure(`The browser ${executablePath} does not start: ${reason}`);
  }
}

async function openInChromium(url: string, run: PageRun, watcher: Watcher): Promise<Running> {
  const browser = await (run.keeper?.get(run) ?? launchChromium(await findBrowser(), run));
  const onEnd = () => watcher.fail('the browser ended before the result came');
  browser.on('disconnected', onEnd);
  let page: Page;
  try {
    page = await browser.newPage();
  } catch (error) {
    await browser.close();
    throw new PageFailure(run.page, (error as Error).message.split('\n')[0]);
  }
  page.on('console', (message) => watcher.onConsole(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => watcher.fail(error.stack ?? String(error), true));
  page.on('crash', () => watcher.fail('the page crashed'));
  // A page may block its thread for minutes before its load event: nothing waits for that.
  const opened = page.goto(url, { waitUntil: 'commit', timeout: run.timeoutMs });
  opened.catch((error: Error) => watcher.fail(error.message));
  return {
    close: (failed) => {
      browser.off('disconnected', onEnd);
      return failed || run.keeper === undefined ? browser.close() : page.close();
    },
  };
}

/** Firefox is started with the page's address: only what the page POSTs comes back. */
async function openInFirefox(url: string, watcher: Watcher): Promise<Running> {
  const firefox = await startFirefox(url);
  firefox.ended.then(() => watcher.fail('the browser ended before the result came'));
  return firefox;
}

/**
 * Opens `page?post=1&...query`, forwards what the page POSTs to /progress, and resolves with the
 * JSON it POSTs to /result. When this settles, the browser has ended, unless the page gave its
 * result and there is a keeper.
 * @throws Failure when the page is not built, PageFailure when it throws, crashes, or gives no
 * result in time.
 */
export async function runPage(run: PageRun): Promise<unknown> {
  const folder = join(root, 'dist', 'pages');
  if (!existsSync(join(folder, run.page))) {
    throw new Failure(`dist/pages/${run.page} is not there: build it with \`npm run build\`.`);
  }
  if (run.browser === 'llvmpipe' || run.browser === 'firefox') requireMesa();

  let succeed: (result: unknown) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const result = new Promise<unknown>((onResult, onError) => {
    succeed = onResult;
    reject = onError;
  });
  // It may be rejected before it is awaited below.
  result.catch(() => {});

  const consoleLines: string[] = [];
  let hasBegun = false;
  const watcher: Watcher = {
    fail: (reason, isUncaught) =>
      reject(new PageFailure(run.page, reason, { hasBegun, isUncaught, consoleLines })),
    onConsole: (line) => {
      consoleLines.push(`  ${line}`);
      if (consoleLines.length > keptConsoleLines) consoleLines.shift();
    },
  };
  const { fail } = watcher;
  const timer = setTimeout(
    () => fail(`no result within ${Math.round(run.timeoutMs / 1000)} s`),
    run.timeoutMs,
  );
  const onAbort = () => reject(run.signal?.reason);
  run.signal?.addEventListener('abort', onAbort);
  if (run.signal?.aborted) onAbort();
  const server = await serve({
    folder,
    files: run.files,
    onPost: {
      '/progress': (line) => {
        hasBegun = true;
        run.onProgress?.(line);
      },
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
    const url = `${server.origin}/${run.page}?${new URLSearchParams({ post: '1', ...run.query })}`;
    const running = await (run.browser === 'firefox'
      ? openInFirefox(url, watcher)
      : openInChromium(url, run, watcher));
    let failed = true;
    try {
      const json = await result;
      failed = false;
      return json;
    } finally {
      await running.close(failed);
    }
  } finally {
    run.signal?.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    await server.close();
  }
}
