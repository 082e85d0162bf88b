/** Tests of the script tag in a real browser, beside other scripts that a page may load. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { root } from '../../../../scripts/lib/root.js';
import { type Server, serve } from '../../../../scripts/lib/server.js';
import { launchBrowser, newPage } from '../../../support/testBrowser.js';

const tfjs = (part: string) => `/node_modules/@tensorflow/tfjs-${part}/dist/tf-${part}.min.js`;
const core = tfjs('core');
const whole = [core, tfjs('backend-cpu'), tfjs('backend-webgl')];
const ours = '/dist/tfjs-backend-tiled.min.js';

/** The pages' own scripts, in files because a policy forbids scripts inside a page. */
const scripts = {
  '/core-names.js': 'globalThis.coreNames = Object.keys(tf);',
  // The script of another tfjs replaces these stock backends with its own, so that any later use of
  // the global gets the replacements. (Stock's scripts do so for the core.)
  '/second-tfjs.js': `
    for (const name of Object.keys(tf).filter((name) => !coreNames.includes(name))) {
      tf[name] = class { constructor() { throw new Error('tf.' + name + ' was used late'); } };
    }`,
  '/first.js': 'globalThis.first = tfjsBackendTiled;',
  '/second.js': 'globalThis.second = tfjsBackendTiled;',
};

function html(sources: readonly string[], policy?: string): Uint8Array {
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  const tags = sources.map((source) => `<script src="${source}"></script>`);
  return Buffer.from(
    `<!doctype html><link rel="icon" href="data:,">${policy ? meta : ''}${tags.join('')}`,
  );
}

const pages = {
  '/second-tfjs.html': html([core, '/core-names.js', ...whole.slice(1), ours, '/second-tfjs.js']),
  '/second-copy.html': html([...whole, ours, '/first.js', ours, '/second.js']),
  '/core-only.html': html([core, ours]),
  '/no-webgl.html': html([core, tfjs('backend-cpu'), ours]),
  '/nothing.html': html([ours]),
  '/no-wasm.html': html([...whole, ours], "script-src 'self'; worker-src blob:"),
  '/no-workers.html': html([...whole, ours], "script-src 'self' 'wasm-unsafe-eval'"),
};

// biome-ignore lint/suspicious/noExplicitAny: globals of the pages
declare const tf: any, first: any, second: any, tfjsBackendTiled: any;

describe('script tag', function () {
  this.timeout(300_000);
  let browser: Browser;
  let server: Server;
  let page: Page;
  let errors: string[];
  let warnings: string[];

  before(async () => {
    const own = Object.entries(scripts).map(([path, text]) => [path, Buffer.from(text)]);
    const files = { ...pages, ...Object.fromEntries(own) };
    for (const path of [...whole, ours]) files[path] = readFileSync(join(root, path));
    server = await serve({ folder: join(root, 'dist', 'pages'), files, onPost: {} });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  afterEach(() => page.close());

  async function open(name: keyof typeof pages): Promise<void> {
    page = await newPage(browser);
    errors = [];
    warnings = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (line) => {
      if (line.type() === 'warning') warnings.push(line.text());
    });
    await page.goto(`${server.origin}${name}`);
  }

  it('keeps the tfjs that it found when other scripts load afterwards', async () => {
    await open('/second-tfjs.html');
    const found = await page.evaluate(async () => {
      const started = await tf.setBackend('tiled-webgl');
      const x = tf.ones([1, 4, 4, 1]);
      const y = tf.sigmoid(tf.conv2d(x, tf.ones([3, 3, 1, 1]), 1, 'same'));
      const values = [...(await y.data())];
      return { started, value: values[5], engine: tfjsBackendTiled.tiledInfo().engine };
    });
    expect(found.started).to.equal(true);
    expect(found.engine).to.equal('webgl');
    expect(found.value).to.be.closeTo(1 / (1 + Math.exp(-9)), 2 ** -23);
    expect(errors).to.deep.equal([]);
  });

  it('serves the backends of a copy that came before it', async () => {
    await open('/second-copy.html');
    const found = await page.evaluate(async () => {
      await tf.setBackend('tiled-webgl');
      const model = () =>
        tf.tidy(() => tf.conv2d(tf.ones([1, 8, 8, 3]), tf.ones([3, 3, 3, 4]), 1, 'same'));
      const { programs } = await second.warmUp(model, null);
      const { entries } = await second.tune(model, null, { rounds: 1 });
      const record = second.exportTuning();
      await second.clearTuning();
      const cleared = first.exportTuning();
      second.loadTuning(record);
      second.forceVariant('winograd-2x2x2');
      const tooSmall = () => tf.conv2d(tf.ones([1, 8, 8, 3]), tf.ones([1, 1, 3, 4]), 1, 'same');
      let refusal: unknown;
      try {
        tooSmall();
      } catch (error) {
        refusal = error;
      }
      return {
        programs,
        keys: entries.map(({ key }: { key: string }) => key),
        same: record === first.exportTuning() && record !== cleared,
        engines: [first.tiledInfo().programs, second.tiledInfo().programs],
        isRefusal:
          refusal instanceof first.VariantRefusal && refusal instanceof second.VariantRefusal,
        isOther: first.VariantRefusal === second.VariantRefusal,
      };
    });
    expect(found.programs).to.be.at.least(1);
    expect(found.keys).to.have.length(1);
    expect(found.same).to.equal(true);
    expect(found.engines[0]).to.equal(found.engines[1]);
    expect(found.isRefusal).to.equal(true);
    expect(found.isOther).to.equal(false);
    expect(errors).to.deep.equal([]);
    expect(warnings).to.deep.equal([]);
  });

  for (const [name, expected] of Object.entries({
    '/core-only.html': /: load tf-backend-cpu\.min\.js and tf-backend-webgl\.min\.js of 4\.\d+\.0 /,
    '/no-webgl.html': /: load tf-backend-webgl\.min\.js of 4\.\d+\.0 before this script$/,
    '/nothing.html': /: there is no global tf: load tf\.min\.js before this script/,
  })) {
    it(`says which script is missing: ${name}`, async () => {
      await open(name as keyof typeof pages);
      expect(errors).to.have.length(1);
      expect(errors[0]).to.match(/^tfjs-backend-tiled: [^\n]+$/);
      expect(errors[0]).to.match(expected);
    });
  }

  /** Returns tiledInfo() of tiled-cpu with two threads requested, once no worker is loading. */
  async function infoOfCPU() {
    return page.evaluate(async () => {
      tf.env().set('TILED_CPU_THREADS', 2);
      await tf.setBackend('tiled-cpu');
      const unused = tfjsBackendTiled.tiledInfo();
      const y = tf.conv2d(tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 3]), 1, 'same');
      const [value] = (await y.data()).slice(15);
      // Large enough to be shared between threads.
      await tf.relu(tf.ones([500_000])).data();
      const info = () => tfjsBackendTiled.tiledInfo();
      while (info().threads.reason === 'workers are loading') {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const { build, threads, variants } = info();
      const cores = navigator.hardwareConcurrency;
      return { cores, value, build, threads, variants, unused: [unused.build, unused.threads] };
    });
  }

  it('computes without WebAssembly when the content policy forbids it, and says so', async () => {
    await open('/no-wasm.html');
    const { cores, value, build, threads, variants, unused } = await infoOfCPU();
    expect(value).to.equal(18);
    expect(variants.Conv2D).to.deep.equal({ plain: 1 });
    expect(build.name).to.equal('plain');
    expect(build.reason).to.match(
      /^a Content-Security-Policy refuses WebAssembly: script-src must allow 'wasm-unsafe-eval' \(.*script-src 'self'.*\)$/,
    );
    expect(unused[0]).to.deep.equal({ name: null, reason: 'nothing has run' });
    if (cores === 1) return;
    expect(unused[1]).to.deep.equal({ count: 1, reason: 'nothing has run' });
    expect(threads).to.deep.equal({ count: 1, reason: build.reason });
  });

  it('computes in one thread when the content policy forbids workers, and says so', async () => {
    await open('/no-workers.html');
    const { cores, value, build, threads } = await infoOfCPU();
    expect(value).to.equal(18);
    expect(build.name).to.match(/simd$/);
    if (cores === 1) return;
    expect(threads.count).to.equal(1);
    expect(threads.reason).to.include(
      `the Content-Security-Policy "script-src 'self' 'wasm-unsafe-eval'" refuses it: ` +
        'worker-src must allow blob:',
    );
    expect(errors).to.deep.equal([]);
  });
});
