/** Test that the examples at the beginning of README.md, and of the guide, run as they stand, with the packed package. */
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

/** Returns the blocks of code in a language, of a document of the repository. */
function examples(language: string, path: string): string[] {
  const blocks = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``, 'g');
  const found = [...readFileSync(join(root, path), 'utf8').matchAll(blocks)];
  if (found.length === 0) throw new Error(`${path} has no example in ${language}`);
  return found.map(([, code]) => code);
}

/** Returns the first block of code in a language. */
const example = (language: string) => examples(language, 'README.md')[0];

/** Returns the blocks of code of a page of the guide. */
const guide = (name: string) => examples('js', `docs/guide/${name}.md`);

/** Module that answers in Node for the model's host, so that nothing is downloaded. */
function hostOfModels(): string {
  const served = Object.entries(modelFiles()).map(([name, bytes]) => [
    name,
    bytes.toString('base64'),
  ]);
  return `const files = ${JSON.stringify(Object.fromEntries(served))};
    globalThis.fetch = async (url) => {
      const name = String(url).split('/').at(-1);
      if (!String(url).startsWith('${modelHost}') || !(name in files)) throw new Error(url);
      return new Response(Buffer.from(files[name], 'base64'));
    };`;
}

const expected = [`most likely: ${likely}`, 'cpu'];

describe('the examples of README.md and the guide, with the packed package', function () {
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
    consumer.write({ 'app.mjs': example('js'), 'host.mjs': hostOfModels() });
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

  it('run on threads in Node', async () => {
    consumer.write({ 'threads.mjs': guide('threads')[0], 'host.mjs': hostOfModels() });
    const { status, stdout, output } = await runNode(
      ['--import', './host.mjs', 'threads.mjs'],
      consumer.folder,
    );
    expect(status, output).to.equal(0);
    // The net in place of the guide's may have no kernel that is worth sharing.
    expect(stdout).to.match(
      /^\{ count: \d, reason: '(TILED_CPU_THREADS is \d+|.* cores?|no work was large enough yet)' \}$/m,
    );
  });

  it('run in a worker, and after a lost context', async () => {
    const [page, worker] = guide('workers');
    const [retry, lose] = guide('lost-contexts');
    const app = `
      import { loadGraphModel } from '@tensorflow/tfjs-converter';
      import * as tf from '@tensorflow/tfjs-core';
      import 'tfjs-backend-tiled';
      ${retry}
      const context = document.createElement('canvas').getContext('2d');
      { ${page} }
      await tf.setBackend('tiled-webgl');
      const model = await loadGraphModel('${modelHost}model.json');
      const { canvas } = context;
      canvas.width = canvas.height = 224;
      const before = await predict(canvas);
      ${lose}
      console.log('the same after a loss:', String(await predict(canvas)) === String(before));`;
    consumer.write({
      'guide-app/index.html':
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/app.js"></script>',
      'guide-app/app.js': app,
      'guide-app/worker.js': worker,
    });
    const built = await runNode([tool('vite/bin/vite.js'), 'build', 'guide-app'], consumer.folder);
    expect(built.status, built.output).to.equal(0);
    const lines = await printed('/guide-app/dist', 'index.html');
    expect(lines.sort()).to.deep.equal([
      `most likely: ${likely} on cpu`,
      'the same after a loss: true',
    ]);
  });
});
