/** Tests of what each entry of the packed package brings into an app, and of apps with one engine. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Server, serve } from '../../../scripts/lib/server.js';
import { bundleApp } from '../../../scripts/sizes/bundleApp.js';
import { type Consumer, installPacked, runNode, tool } from '../../support/packedSupport.js';
import { launchBrowser, newPage } from '../../support/testBrowser.js';

const own = 'tfjs-backend-tiled';
const [core, cpu, webgl] = ['core', 'backend-cpu', 'backend-webgl'].map(
  (part) => `@tensorflow/tfjs-${part}`,
);

/** Text that only bundles with the code of an engine contain. */
const marks = { webgl: '#version 300 es', cpu: 'WebAssembly.Memory' };

/** Source of an app that predicts on a backend, and leaves what came of it in a global. */
const predicting = (imports: string, backend: string) => `
  import * as tf from '${core}';
  ${imports}
  globalThis.result = (async () => {
    const started = await tf.setBackend('${backend}');
    const model = (x) => tf.tidy(() => tf.conv2d(x, tf.ones([3, 3, 8, 4]), 1, 'same'));
    const x = tf.ones([1, 5, 5, 8]);
    await tiled.warmUp(model, x);
    const y = model(x);
    const eager = [...(await y.data())];
    const fast = await tiled.capture(model, x);
    const z = fast.predict(x);
    const replayed = [...(await z.data())];
    const { captured } = fast.info;
    const { gain } = await tiled.tune(model, x, { rounds: 1 });
    const variants = tiled.variantNames('${backend}');
    const other = '${backend === 'tiled-cpu' ? 'tiled-webgl' : 'tiled-cpu'}';
    const refused = [];
    const calls = [() => tiled.tiledInfo(other), () => tiled.variantNames(other), () => tiled.exportTuning()];
    for (const call of calls) {
      try {
        call();
        refused.push(null);
      } catch ({ message }) {
        refused.push(message);
      }
    }
    const { engine, variants: ran } = tiled.tiledInfo();
    tf.dispose([x, y, z]);
    fast.dispose();
    tf.removeBackend('${backend}');
    for (const [name, again] of Object.entries(tiled)) if (/^registerTiled/.test(name)) again();
    return {
      started, eager, replayed, captured, gain, variants, refused, engine, ran: Object.keys(ran),
      registered: ['tiled', 'tiled-webgl', 'tiled-cpu', 'webgl', 'cpu'].filter(
        (name) => tf.findBackendFactory(name) != null,
      ),
    };
  })();
`;

const apps: Record<string, { source: string; packages: string[]; engines: string[] }> = {
  'the CPU engine': {
    source: predicting(`import * as tiled from '${own}/cpu';`, 'tiled-cpu'),
    packages: [core, cpu],
    engines: ['cpu'],
  },
  'the WebGL engine': {
    source: predicting(`import * as tiled from '${own}/webgl';`, 'tiled-webgl'),
    packages: [core, webgl],
    engines: ['webgl'],
  },
  'both engines': {
    source: `import '${own}/cpu'; import '${own}/webgl';`,
    packages: [core, cpu, webgl],
    engines: ['webgl', 'cpu'],
  },
  'the main entry': {
    source: `import '${own}';`,
    packages: [core, cpu, webgl],
    engines: ['webgl', 'cpu'],
  },
  'errors only': {
    source: `import { ContextLostError } from '${own}/errors'; console.log(ContextLostError);`,
    packages: [],
    engines: [],
  },
  'errors of the entry that registers nothing': {
    source: `import { ContextLostError } from '${own}/base'; console.log(ContextLostError);`,
    packages: [],
    engines: [],
  },
};

describe('the entries of the packed package', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  let consumer: Consumer;

  before(async () => {
    consumer = await installPacked();
  });
  after(() => consumer?.remove());

  for (const [name, { source, packages, engines }] of Object.entries(apps)) {
    it(`bring into an app with ${name} what it needs`, async () => {
      const bundle = await bundleApp(source, consumer.folder);
      // Stock webgl imports parts of stock cpu, which register nothing.
      const brought = bundle.packages.filter((one) => one.startsWith('@tensorflow/'));
      const allowed = packages.includes(webgl) ? [...packages, cpu] : packages;
      expect(allowed).to.include.members(brought);
      expect(brought).to.include.members(packages);
      expect(bundle.text.includes("'webgl2'") || bundle.text.includes('"webgl2"')).to.equal(
        engines.includes('webgl'),
      );
      for (const [engine, mark] of Object.entries(marks)) {
        expect(bundle.text.includes(mark), `code of ${engine}`).to.equal(engines.includes(engine));
      }
    });
  }

  it('run on the CPU engine alone, in Node, from one bundled file', async () => {
    const { text } = await bundleApp(apps['the CPU engine'].source, consumer.folder, {
      platform: 'node',
    });
    consumer.write({
      'cpu.cjs': `${text}\nresult.then((one) => console.log(JSON.stringify(one)));`,
    });
    const { status, stdout, output } = await runNode(['cpu.cjs'], consumer.folder);
    expect(status, output).to.equal(0);
    expectAlone(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), 'cpu');
  });

  it('run on the WebGL engine alone, in a browser', async () => {
    const { text } = await bundleApp(apps['the WebGL engine'].source, consumer.folder);
    const html = '<!doctype html><link rel="icon" href="data:,">';
    const files = { '/app.html': Buffer.from(html), '/app.js': Buffer.from(text) };
    let server: Server | undefined;
    const browser = await launchBrowser();
    try {
      server = await serve({ folder: consumer.folder, files, onPost: {} });
      const page = await newPage(browser);
      await page.goto(`${server.origin}/app.html`);
      expectAlone(await page.evaluate("import('/app.js').then(() => result)"), 'webgl');
    } finally {
      await browser.close();
      await server?.close();
    }
  });

  // biome-ignore lint/suspicious/noExplicitAny: the result of an app in JavaScript
  function expectAlone(result: any, engine: 'webgl' | 'cpu') {
    const other = engine === 'cpu' ? 'webgl' : 'cpu';
    expect(result.started).to.equal(true);
    expect(result.engine).to.equal(engine);
    expect(result.ran).to.include('Conv2D');
    // A pixel in the middle sees 9 x 8 ones, a corner 4 x 8.
    expect([result.eager[0], result.eager[4 * 12]]).to.deep.equal([32, 72]);
    expect(result.captured).to.equal(true);
    expect(result.replayed).to.deep.equal(result.eager);
    expect(result.gain).to.be.at.least(1);
    expect(result.variants).to.include(engine === 'cpu' ? 'simd' : 'direct-4x2x1');
    expect(result.registered).to.deep.equal([`tiled-${engine}`, engine]);
    const [info, names, tuning] = result.refused;
    expect(info).to.match(
      new RegExp(`^tiledInfo: there is no backend 'tiled-${other}'; the active .*/webgl and /cpu`),
    );
    expect(names).to.match(new RegExp(`^variantNames: 'tiled-${other}' is not registered here; `));
    if (engine === 'webgl') expect(tuning).to.equal(null);
    else expect(tuning).to.match(/^exportTuning: 'tiled-cpu' computes on the CPU/);
  }

  describe('without stock webgl installed', () => {
    let folder: string;
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

    before(() => {
      // Outside of the consumer's folder, in which Node would look for what is missing.
      folder = mkdtempSync(join(tmpdir(), 'without-'));
      const modules = join(folder, 'node_modules');
      mkdirSync(join(modules, '@tensorflow'), { recursive: true });
      for (const name of [core, cpu]) symlinkSync(tool(name), join(modules, name), 'dir');
      cpSync(consumer.installed, join(modules, own), { recursive: true });
      write('package.json', JSON.stringify({ type: 'module' }));
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const [kind, ending, load] of [
      ['import', 'mjs', `import * as tiled from '${own}/cpu';`],
      ['require', 'cjs', `const tiled = require('${own}/cpu');`],
    ]) {
      it(`run on the CPU engine in Node by ${kind}`, async () => {
        const tf =
          kind === 'import' ? `import * as tf from '${core}';` : `const tf = require('${core}');`;
        write(
          `app.${ending}`,
          `${tf} ${load}
            tf.setBackend('tiled-cpu').then(async () => {
              const y = tf.conv2d(tf.ones([1, 5, 5, 8]), tf.ones([3, 3, 8, 4]), 1, 'same');
              const [first] = await y.data();
              console.log(JSON.stringify({ first, engine: tiled.tiledInfo().engine }));
            });`,
        );
        const ran = await runNode(['--no-experimental-require-module', `app.${ending}`], folder);
        expect(ran.status, ran.output).to.equal(0);
        const result = JSON.parse(ran.stdout.trim().split('\n').at(-1) ?? '');
        expect(result).to.deep.equal({ first: 32, engine: 'cpu' });
      });
    }

    it('name what is missing where the main entry is imported', async () => {
      write('main.mjs', `import '${own}';`);
      const { status, output } = await runNode(['main.mjs'], folder);
      expect(status).to.not.equal(0);
      expect(output).to.include(webgl);
    });

    it('have types of the CPU engine that need none of stock webgl', async () => {
      write(
        'app.ts',
        `import { tiledInfo, TiledCPUBackend } from '${own}/cpu';
          export const build: string | null = tiledInfo().build?.name ?? null;
          export const bytes: number = new TiledCPUBackend().heapBytes;
          // @ts-expect-error: bytes are a number
          export const text: string = new TiledCPUBackend().heapBytes;`,
      );
      const options = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--noEmit'];
      const args = [tool('typescript/bin/tsc'), ...options, '--lib', 'es2022,dom', '--types', ''];
      const checked = await runNode([...args, '--skipLibCheck', 'app.ts'], folder);
      expect(checked.status, checked.output).to.equal(0);
      const { output } = await runNode([...args, 'app.ts'], folder);
      expect(output).to.not.include('tfjs-backend-webgl');
    });
  });
});
