/** Test of the website: its command, every page in a browser, and the demo. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { root } from '../../../../../scripts/lib/root.js';
import { type Server, serve } from '../../../../../scripts/lib/server.js';
import { brokenLinks } from '../../../../../scripts/site/check.js';
import { allPages, toolFiles } from '../../../../../scripts/site/pages.js';
import { runNode } from '../../../../support/packedSupport.js';
import { launchBrowser, newPage } from '../../../../support/testBrowser.js';

/** Path in which the site is served, because it must work below any. */
const place = 'some/path';

/** Most bytes of a page with its style, script and icon; the longest page is all figures. */
const MOST_BYTES = 300_000;

describe('the website', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  let folder: string;
  let files: Map<string, string>;
  let documents: string[];
  let browser: Browser;
  let page: Page;
  /** Errors of the page since it was opened. */
  let errors: string[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'site-'));
    const out = join(folder, place);
    const { status, output } = await runNode(['scripts/run.mjs', 'site', '--out', out], root);
    expect(status, output).to.equal(0);
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' });
    const isText = (name: string) => /\.\w+$/.test(name);
    files = new Map(
      names.filter(isText).map((name) => [name, readFileSync(join(out, name), 'utf8')]),
    );
    documents = [...files.keys()].filter((name) => name.endsWith('.html')).sort();
    browser = await launchBrowser();
    page = await newPage(browser, { viewport: { width: 390, height: 844 } });
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error') errors.push(line.text());
    });
    page.on('requestfailed', (request) => {
      // The next page ends the load of an icon.
      const why = request.failure()?.errorText;
      if (why !== 'net::ERR_ABORTED') errors.push(`${request.url()}: ${why}`);
    });
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  beforeEach(() => {
    errors = [];
  });

  const open = (name: string) => page.goto(pathToFileURL(join(folder, place, name)).href);

  it('has all pages of its table, and no link or anchor that leads nowhere', () => {
    expect(documents).to.include.members(allPages.map(({ url }) => url));
    expect(brokenLinks(files)).to.deep.equal([]);
  });

  it('loads nothing from another host, and has relative links only', () => {
    const wrong = documents.flatMap((name) => {
      const tags = files.get(name)!.matchAll(/<(\w+)[^>]*?\s(?:src|href)="([^"]*)"/g);
      return [...tags]
        .filter(([, tag, address]) => /^\/|^https?:/.test(address) && tag !== 'a')
        .map(([all]) => `${name}: ${all}`);
    });
    expect(wrong).to.deep.equal([]);
    const shared = ['site.css', 'site.js', 'icon.svg'].map((name) => files.get(name)!.length);
    const own = documents.map((name) => files.get(name)!.length);
    expect(Math.max(...own) + shared.reduce((a, b) => a + b)).to.be.below(MOST_BYTES);
  });

  it('has a title and landmarks on every page, and fits a phone', async () => {
    const tools = toolFiles.filter((name) => name.endsWith('.html'));
    const titles = new Map<string, string>();
    for (const name of documents) {
      await open(name);
      const facts = await page.evaluate(() => ({
        title: document.title,
        width: document.documentElement.scrollWidth,
        counts: ['main', 'header', 'footer', 'nav[aria-label="Site"]', 'h1', '.skip'].map(
          (selector) => document.querySelectorAll(selector).length,
        ),
        current: document.querySelectorAll('[aria-current="page"]').length,
        language: document.documentElement.lang,
        unnamed: document.querySelectorAll('img:not([alt]), a:empty, button:empty').length,
      }));
      expect(facts.width, `width of ${name}`).to.equal(390);
      expect(facts.language, name).to.equal('en');
      expect(titles.get(facts.title), `title of ${name}`).to.equal(undefined);
      titles.set(facts.title, name);
      if (tools.includes(name)) continue;
      expect(facts.counts, name).to.deep.equal([1, 1, 1, 1, 1, 1]);
      expect(facts.unnamed, name).to.equal(0);
      const isInTable = allPages.some(({ url }) => url === name);
      expect(facts.current, name).to.equal(isInTable ? 1 : 0);
    }
    expect(errors).to.deep.equal([]);
  });

  it('has a menu that opens on a phone, and is beside the text in a wide window', async () => {
    await open('guide/threads.html');
    const link = page.getByRole('link', { name: 'Lost contexts' });
    expect(await link.isVisible()).to.equal(false);
    await page.getByRole('button', { name: 'Menu' }).click();
    await link.click();
    await page.getByRole('heading', { level: 1, name: /^Lost contexts/ }).waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(await link.isVisible()).to.equal(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.match(/^Skip/);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(errors).to.deep.equal([]);
  });

  it('copies code', async () => {
    await open('guide/memory.html');
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await page.getByRole('button', { name: /^(Copied|Selected)$/ }).waitFor();
  });

  it('runs its demo, which ends with how well the backends agree', async () => {
    const server: Server = await serve({ folder, onPost: {} });
    try {
      await page.goto(`${server.origin}/${place}/index.html`);
      await page.getByRole('button', { name: 'Run' }).click();
      const verdict = page.locator('#demo .verdict');
      await verdict.waitFor();
      const [, ratio, difference] =
        /^tiled-cpu\S*(?: captured)?: ([\d.]+)x the speed .* within (\S+) of/.exec(
          await verdict.innerText(),
        ) ?? [];
      expect(Number(ratio)).to.be.above(0);
      expect(Number(difference)).to.be.within(0, 1e-5);
      expect(await page.locator('#demo tr').count()).to.equal(5);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.equal(390);
    } finally {
      await server.close();
    }
    expect(errors).to.deep.equal([]);
  });
});
