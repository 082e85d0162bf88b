/** Test that the examples at the beginning of README.md run as they stand, with the packed package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { root } from '../../../scripts/lib/root.js';
import { type Server, serve } from '../../../scripts/lib/server.js';
import { answerHosts } from '../../support/answerHosts.js';
import { type Consumer, installPacked, runNode, tool } from '../../support/packedSupport.js';
import { launchBrowser, newPage } from '../../support/testBrowser.js';
import { likely, modelFiles, modelHost } from '../../support/tinyModel.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Returns the first block of code in a language. */
function example(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(readme);
  if (found === null) throw new Error(`README.md has no example in ${language}`);
  return found[1];
}

const expected = [`most likely: ${likely}`, 'cpu'];

describe('the examples of README.md, with the packed package', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  let consumer: Consumer;
  let browser: Browser;
  let server: Server;

  before(async () => {
    consumer = await installPacked(['@tensorflow/tfjs-converter']);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    consumer?.remove();
  });
  afterEach(() => server?.close());

  it('run in Node', async () => {
    const served = Object.entries(modelFiles()).map(([name, bytes]) => [
      name,
      bytes.toString('base64'),
    ]);
    consumer.write({
      'app.mjs': example('js'),
      // Answers for the model's host, so that nothing is downloaded.
      'host.mjs': `const files = ${JSON.stringify(Object.fromEntries(served))};
        globalThis.fetch = async (url) => {
          const name = String(url).split('/').at(-1);
          if (!String(url).startsWith('${modelHost}') || !(name in files)) throw new Error(url);
          return new Response(Buffer.from(files[name], 'base64'));
        };`,
    });
    const { status, stdout, output } = await runNode(
      ['--import', './host.mjs', 'app.mjs'],
      consumer.folder,
    );
    expect(status, output).to.equal(0);
    const [first, second] = stdout.trim().split('\n').slice(-2);
    expect(first).to.equal(expected[0]);
    expect(second).to.match(/^cpu there is no browser, so no WebGL2$/);
  });

  /** Opens a page with the models and scripts of other hosts answered here; returns what it prints. */
  async function printed(folder: string, name: string): Promise<string[]> {
    server = await serve({ folder: join(consumer.folder, folder), onPost: {} });
    const page: Page = await newPage(browser);
    const lines: string[] = [];
    const done = new Promise<void>((resolve, reject) => {
      page.on('pageerror', reject);
      page.on('console', (line) => {
        if (line.type() === 'error') reject(new Error(line.text()));
        if (line.type() === 'log') lines.push(line.text());
        if (lines.length === 2) resolve();
      });
    });
    await answerHosts(page, consumer);
    try {
      await page.goto(`${server.origin}/${name}`);
      await done;
    } finally {
      await page.close();
    }
    return lines;
  }

  it('run in a page that Vite built', async () => {
    consumer.write({
      'vite-app/index.html':
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/app.js"></script>',
      'vite-app/app.js': example('js'),
    });
    const built = await runNode([tool('vite/bin/vite.js'), 'build', 'vite-app'], consumer.folder);
    expect(built.status, built.output).to.equal(0);
    const [first, second] = await printed('/vite-app/dist', 'index.html');
    expect(first).to.equal(expected[0]);
    expect(second).to.match(/^cpu the renderer \(.*SwiftShader.*\) is a program on the CPU$/);
  });

  it('run in a page with script tags', async () => {
    const html = `<!doctype html><link rel="icon" href="data:,">${example('html')}`;
    consumer.write({ 'script-tags.html': html });
    expect(await printed('.', 'script-tags.html')).to.deep.equal(expected);
  });
});
