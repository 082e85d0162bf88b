/** Test that the examples at the beginning of README.md run as they stand, with the packed package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { root } from '../../../scripts/lib/root.js';
import { type Server, serve } from '../../../scripts/lib/server.js';
import { type Consumer, installPacked, runNode, tool } from '../../support/packedSupport.js';
import { launchBrowser, newPage } from '../../support/testBrowser.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Returns the first block of code in a language. */
function example(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(readme);
  if (found === null) throw new Error(`README.md has no example in ${language}`);
  return found[1];
}

const modelHost = 'https://storage.googleapis.com/';

/** Class of which the model is most sure. */
const likely = 3;
const classes = 5;

/**
 * A graph model of one convolution and a mean, in place of the one that the examples load: its bias
 * alone decides, since the examples predict on zeros.
 */
function modelFiles(): Record<'model.json' | 'weights.bin', Buffer> {
  const filter = new Float32Array(9 * 3 * classes).fill(1);
  const bias = Float32Array.from({ length: classes }, (_, i) => (i === likely ? 2 : 1));
  const specs = [
    { name: 'filter', shape: [3, 3, 3, classes], dtype: 'float32' },
    { name: 'bias', shape: [classes], dtype: 'float32' },
    { name: 'axes', shape: [2], dtype: 'int32' },
  ];
  const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
  const ints = (values: number[]) => ({ list: { i: values.map(String) } });
  const type = (value: string) => ({ type: value });
  const shapeOf = (sizes: number[]) => ({
    shape: { dim: sizes.map((size) => ({ size: String(size) })) },
  });
  const constant = ({ name, dtype }: (typeof specs)[number]) => ({
    ...{ name, op: 'Const', input: [] },
    attr: { dtype: type(dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT') },
  });
  const node = [
    {
      ...{ name: 'images', op: 'Placeholder', input: [] },
      attr: { dtype: type('DT_FLOAT'), shape: shapeOf([-1, 224, 224, 3]) },
    },
    ...specs.map(constant),
    {
      ...{ name: 'conv', op: 'Conv2D', input: ['images', 'filter'] },
      attr: {
        strides: ints([1, 4, 4, 1]),
        dilations: ints([1, 1, 1, 1]),
        padding: text('SAME'),
        dataFormat: text('NHWC'),
      },
    },
    { name: 'sum', op: 'BiasAdd', input: ['conv', 'bias'], attr: {} },
    { name: 'mean', op: 'Mean', input: ['sum', 'axes'], attr: { keepDims: { b: false } } },
  ];
  const model = {
    format: 'graph-model',
    modelTopology: { node, versions: { producer: 1 } },
    weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
  };
  const axes = Int32Array.of(1, 2);
  return {
    'model.json': Buffer.from(JSON.stringify(model)),
    'weights.bin': Buffer.concat([filter, bias, axes].map(({ buffer }) => Buffer.from(buffer))),
  };
}

const expected = [`most likely: ${likely}`, 'cpu'];

describe('the examples of README.md, with the packed package', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  const files = modelFiles();
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
    const served = Object.entries(files).map(([name, bytes]) => [name, bytes.toString('base64')]);
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
    const headers = {
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    };
    await page.route(`${modelHost}**`, (route) => {
      const name = route.request().url().split('/').at(-1) as keyof typeof files;
      return route.fulfill({ body: files[name], headers });
    });
    await page.route('https://cdn.jsdelivr.net/npm/**', (route) => {
      const path = /npm\/((?:@[^/]+\/)?[^/@]+)@[^/]+\/?(.*)$/.exec(route.request().url());
      const [, name, file] = path as RegExpExecArray;
      const folder = name === 'tfjs-backend-tiled' ? consumer.installed : tool(name);
      // The host answers for a package alone with the file that its package.json names.
      const main = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).jsdelivr;
      return route.fulfill({ path: join(folder, file === '' ? main : file), headers });
    });
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
