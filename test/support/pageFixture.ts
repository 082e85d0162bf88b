/** Hooks of tests that open a page: a folder, a server and a browser for all, a fresh page for each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page, ViewportSize } from 'playwright-core';
import { type Server, type ServerOptions, serve } from '../../scripts/lib/server.js';
import { launchBrowser, newPage } from './testBrowser.js';

export interface PageSetup {
  /**
   * Returns what the server serves, its files prepared.
   * @param folder the temporary folder
   */
  prepare(folder: string): Omit<ServerOptions, 'onPost'> | Promise<Omit<ServerOptions, 'onPost'>>;
  readonly viewport?: ViewportSize;
  /** Additional flags of the browser's command line. */
  readonly flags?: readonly string[];
}

/** Values of the test that runs now. */
export interface PageFixture {
  /** Temporary folder, which is removed after all tests. */
  readonly folder: string;
  /** Address of the server, `http://127.0.0.1:port`. */
  readonly origin: string;
  readonly page: Page;
  /** Errors that the page has thrown and not caught. */
  readonly errors: readonly string[];
}

/** Declares the hooks; their values may be read inside of tests. */
export function pageFixture({ prepare, viewport, flags }: PageSetup): PageFixture {
  let folder = '';
  let browser: Browser | undefined;
  let server: Server | undefined;
  let page: Page | undefined;
  let errors: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'page-'));
    server = await serve({ ...(await prepare(folder)), onPost: {} });
    browser = await launchBrowser(flags);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    page = await newPage(browser!, viewport && { viewport });
    const own: string[] = [];
    errors = own;
    page.on('pageerror', (error) => own.push(String(error)));
  });
  afterEach(() => page?.close());

  return {
    get folder() {
      return folder;
    },
    get origin() {
      return server!.origin;
    },
    get page() {
      return page!;
    },
    get errors() {
      return errors;
    },
  };
}
