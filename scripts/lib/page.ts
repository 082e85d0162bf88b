/**
 * Runner of the project's built pages: opens a page in an invisible browser and returns its result.
 */
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

/** Returns the option of a page that sets flags of tf.env(), given as `NAME:value,...`; none if empty. */
export function flagsQuery(flags: string): Record<string, string> {
  return flags === '' ? {} : { tfjsflags: flags };
}

export interface PageRun {
  /** Name of the page under dist/pages, for instance 'bench.html'. */
  page: string;
  /** Options that the page reads from its URL. */
  query?: Record<string, string>;
  browser: BrowserName | 'firefox';
  /** Additional command-line flags for Chromium. */
  flags?: readonly string[];
  /** Milliseconds until the result must arrive, including the browser's start. */
  timeoutMs: number;
  /** Additional files that the page can fetch, by their path on the server. */
  files?: Record<string, Uint8Array>;
  /** Called with the path of each file that the browser requests and gets. */
  onServe?: (path: string) => void;
  /** Called with each line that the page reports. */
  onProgress?: (line: string) => void;
  /** Signal that ends the browser; runPage then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Keeps the browser open for the next page. */
  keeper?: BrowserKeeper;
}

interface PageState {
  /**
   * True if the page had reported anything. Its failure then counts as a finding, with status 1.
   */
  readonly hasBegun?: boolean;
  /**
   * True if the page threw an uncaught error, whose moment says nothing about the work in progress.
   */
  readonly isUncaught?: boolean;
  readonly consoleLines?: readonly string[];
}

/** Reason why a page gave no result. */
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

/** Keeps a Chromium open from page to page. Firefox shows one page and ends with it. */
export interface BrowserKeeper {
  /** Returns the open browser, or starts a new one for this run and later runs. */
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

/** Receiver of a browser's events while it shows the page. */
interface Watcher {
  fail(reason: string, isUncaught?: boolean): void;
  onConsole(line: string): void;
}

/** An opened page. */
interface Running {
  /**
   * Closes the page. Ends the browser too unless it is kept and the page succeeded, because a
   * failed page may have broken or hung the browser.
   */
  close(failed: boolean): Promise<void>;
}

const keptConsoleLines = 20;

async function launchChromium(executablePath: string, run: PageRun) {
  // Imported here so that users who never open a browser need not install it.
  const { chromium } = await import('playwright-core');
  try {
    // Mesa keeps compiled shaders on disk, which would hide the cost of a first run.
    const env = { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true' } as Record<string, string>;
    const args = [...browserFlags(run.browser as BrowserName), ...(run.flags ?? [])];
    // A caller that passes a signal shuts the browser down itself. Otherwise Ctrl-C ends both the
    // browser and this process.
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
  // A page may block its thread for minutes before its load event, so nothing waits for that event.
  const opened = page.goto(url, { waitUntil: 'commit', timeout: run.timeoutMs });
  opened.catch((error: Error) => watcher.fail(error.message));
  return {
    close: (failed) => {
      browser.off('disconnected', onEnd);
      return failed || run.keeper === undefined ? browser.close() : page.close();
    },
  };
}

/** Opens a page in Firefox through its command line, so only what the page POSTs comes back. */
async function openInFirefox(url: string, watcher: Watcher): Promise<Running> {
  const firefox = await startFirefox(url);
  firefox.ended.then(() => watcher.fail('the browser ended before the result came'));
  return firefox;
}

/**
 * Opens `page?post=1&...query`, forwards lines that the page POSTs to /progress, and resolves with
 * the JSON it POSTs to /result. When the promise settles, the browser has ended, unless the page
 * gave its result and there is a keeper.
 * @throws Failure if the page is not built; PageFailure if it throws, crashes, or gives no result
 *   in time
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
  // The promise may be rejected before it is awaited below.
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
    onServe: run.onServe,
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
