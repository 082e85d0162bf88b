/** Browser for a test's pages; waits for it, and for the pages, as long as a test may take. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../../scripts/lib/browser.js';
import { browserFlags } from '../../scripts/lib/flags.js';
import { patienceMs } from '../../scripts/lib/patience.js';

/**
 * Launches the browser.
 * @param flags additional flags of its command line
 */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: await findBrowser(),
    args: [...browserFlags('swiftshader'), ...flags],
    timeout: patienceMs,
  });
}

export async function newPage(browser: Browser, options?: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(patienceMs);
  return page;
}
