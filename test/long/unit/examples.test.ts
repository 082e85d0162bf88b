/** Test that every example runs with the packed package, and shows the right answer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { root } from '../../../scripts/lib/root.js';
import { type Server, serve } from '../../../scripts/lib/server.js';
import { answerHosts } from '../../support/answerHosts.js';
import { aliveAfter } from '../../support/life.js';
import { type Consumer, installPacked, runNode, tool } from '../../support/packedSupport.js';
import { launchBrowser, newPage } from '../../support/testBrowser.js';
import { likely, modelFiles } from '../../support/tinyModel.js';

const examples = join(root, 'examples');

/** A picture of one pixel, PNG. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

describe('the examples, with the packed package', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  let consumer: Consumer;
  let browser: Browser;
  let server: Server | undefined;
  let page: Page | undefined;

  before(async () => {
    consumer = await installPacked([
      ...['@tensorflow/tfjs', '@tensorflow/tfjs-converter', '@tensorflow/tfjs-layers'],
      ...['@vladmandic/face-api', '@vladmandic/human', 'nsfwjs', 'buffer'],
      ...['upscaler', '@upscalerjs/esrgan-slim', 'vitest'],
    ]);
    const folder = join(consumer.folder, 'examples');
    cpSync(examples, folder, {
      recursive: true,
      filter: (path) => !/node_modules|dist/.test(path),
    });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    consumer?.remove();
  });
  afterEach(async () => {
    await page?.close();
    await server?.close();
    page = server = undefined;
  });

  /** Opens a folder's page; an error in it fails whatever the test waits for. */
  async function open(folder: string): Promise<Page> {
    server = await serve({ folder: join(consumer.folder, 'examples', folder), onPost: {} });
    page = await newPage(browser);
    await answerHosts(page, consumer);
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`${server.origin}/index.html`);
    expect(errors).to.deep.equal([]);
    return page;
  }

  /** Builds an example by Vite, and opens its page. */
  async function build(name: string): Promise<Page> {
    const args = [tool('vite/bin/vite.js'), 'build', name];
    const { status, output } = await runNode(args, join(consumer.folder, 'examples'));
    expect(status, output).to.equal(0);
    return open(`${name}/dist`);
  }

  /** Returns the groups of a pattern, once the text of an element matches it. */
  async function shown(at: Page, selector: string, pattern: RegExp): Promise<string[]> {
    const element = at.locator(selector).filter({ hasText: pattern });
    await element.waitFor();
    const [, ...groups] = pattern.exec((await element.textContent()) ?? '') ?? [];
    return groups;
  }

  it('are all in the table of examples/README.md', () => {
    const table = readFileSync(join(examples, 'README.md'), 'utf8');
    const linked = [...table.matchAll(/^\| \[[^\]]+\]\(([\w-]+)\)/gm)].map(([, name]) => name);
    const folders = readdirSync(examples, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^(node_modules|dist)$/.test(entry.name))
      .map(({ name }) => name);
    expect(linked.sort()).to.deep.equal(folders.sort());
  });

  it('have no type errors', async () => {
    const args = [tool('typescript/bin/tsc'), '-p', 'examples'];
    const { status, output } = await runNode(args, consumer.folder);
    expect(status, output).to.equal(0);
  });

  it('script tags', async () => {
    const at = await open('script-tag');
    const [found, engine] = await shown(
      at,
      '#answer',
      /^class (\d+), computed by the (\w+) engine/,
    );
    expect([Number(found), engine]).to.deep.equal([likely, 'cpu']);
  });

  it('an app by Vite', async () => {
    const at = await build('vite-app');
    await shown(at, '#stage', /^ready on the cpu engine$/);
    await at
      .locator('input')
      .setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer: png });
    await at.locator('li').nth(2).waitFor();
    const items = await at.locator('li').allTextContents();
    const [[best, score], ...others] = items.map((item) => {
      const [, index, value] = /^class (\d+): ([\d.]+)$/.exec(item)!;
      return [Number(index), Number(value)];
    });
    expect(best).to.equal(likely);
    for (const [, other] of others) expect(other).to.be.closeTo(score - 1, 1e-3 + 1e-9);
  });

  it('a worker that draws', async () => {
    const at = await build('worker');
    const pattern = /^generation (\d{2,}): (\d+) cells alive, computed by the cpu engine$/;
    const [generation, alive] = await shown(at, '#state', pattern);
    const first = [
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [2, 1],
    ].map(([row, column]) => [32 + row, 48 + column] as const);
    expect(Number(alive)).to.equal(aliveAfter(Number(generation), first, [64, 96]));
  });

  it('a server in Node', async () => {
    const model = modelFiles();
    const host = await serve({ folder: consumer.folder, files: model, onPost: {} });
    const child = spawn(process.execPath, ['examples/node-server/server.mjs'], {
      cwd: consumer.folder,
      env: { ...process.env, MODEL_URL: `${host.origin}/model.json`, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let origin = '';
      for await (const line of createInterface(child.stdout)) {
        const found = /^listening on (http:\S+)$/.exec(line);
        if (found === null) continue;
        origin = found[1];
        break;
      }
      expect(origin).not.to.equal('');
      const before = await (await fetch(origin)).json();
      expect(before.engine).to.equal('cpu');
      const post = (body: Uint8Array<ArrayBuffer>) => fetch(origin, { method: 'POST', body });
      const values = [0, 51, 102, 153, 204, 255];
      const answers = await Promise.all(
        values.map(async (value) => (await post(new Uint8Array(224 * 224 * 3).fill(value))).json()),
      );
      for (const [i, answer] of answers.entries()) {
        expect(answer.class).to.equal(likely);
        expect(answer.score).to.be.closeTo((27 * values[i]) / 255 + 2, 1e-4);
      }
      for (const length of [10, 224 * 224 * 3 + 1]) {
        const refused = await post(new Uint8Array(length));
        expect(refused.status).to.equal(400);
        expect(await refused.json()).to.deep.equal({
          error: `content-length is ${length}; a picture has 150528 bytes`,
        });
      }
      expect(await (await fetch(origin)).json()).to.deep.equal(before);
    } finally {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await host.close();
    }
  });

  it('a loop over the pictures of a camera', async () => {
    const at = await build('webcam');
    const picture =
      /^(.+): picture (\d{2,}) in [\d.]+ ms on the (\w+) engine, (.+), (\d+) tensors$/;
    const [source, count, engine, how, tensors] = await shown(at, '#state', picture);
    expect(source).to.match(/^a moving disc, because: \S/);
    expect([engine, how]).to.deep.equal(['cpu', `${count} from the recording`]);
    const [later] = await shown(at, '#state', /picture \d*[5-9]\d in .* (\d+) tensors$/);
    expect(later).to.equal(tensors);
    // An outline is a small part of the picture: most is black, some is bright.
    const bright = await at.locator('#edges').evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext('2d')!;
      const { data } = context.getImageData(0, 0, width, height);
      return data.filter((value, i) => i % 4 === 0 && value > 127).length / (width * height);
    });
    expect(bright).to.be.within(0.002, 0.1);
  });

  it('training on digits', async () => {
    const at = await build('training');
    const done = /^accuracy on 200 other digits: ([\d.]+), trained by the cpu engine/;
    const [accuracy] = await shown(at, '#state', done);
    expect(Number(accuracy)).to.be.greaterThan(0.9);
    const colours = await at.locator('#curves').evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext('2d')!;
      const { data } = context.getImageData(0, 0, width, height);
      const count = { red: 0, green: 0 };
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] > 127) count[data[i] > data[i + 1] ? 'red' : 'green']++;
      }
      return count;
    });
    expect(colours.red).to.be.greaterThan(100);
    expect(colours.green).to.be.greaterThan(100);
    // A 1 drawn by hand.
    const { x, y, width } = (await at.locator('#pad').boundingBox())!;
    await at.mouse.move(x + 0.4 * width, y + 0.35 * width);
    await at.mouse.down();
    await at.mouse.move(x + 0.52 * width, y + 0.2 * width, { steps: 5 });
    await at.mouse.move(x + 0.52 * width, y + 0.8 * width, { steps: 5 });
    await at.mouse.up();
    const [digit] = await shown(at, '#answer', /^a (\d), \d+ percent sure$/);
    expect(digit).to.equal('1');
  });

  /** Runs an example's tests; returns what their runner prints. */
  async function runTests(runner: string, ...argv: string[]): Promise<string> {
    const { status, output } = await runNode(
      [tool(runner), ...argv],
      join(consumer.folder, 'examples'),
    );
    expect(status, output).to.equal(0);
    return output;
  }

  it('tests of a net by Jest', async () => {
    const output = await runTests('jest/bin/jest.js', '--rootDir', 'jest');
    expect(output).to.match(/^Tests: +3 passed, 3 total$/m);
  });

  it('tests of a net that learns, by Vitest', async () => {
    const output = await runTests('vitest/vitest.mjs', 'run', '--root', 'vitest');
    expect(output).to.match(/Tests .*2 passed/);
  });

  it('a photograph by nsfwjs', async () => {
    const at = await build('nsfwjs');
    const pattern = /^(\w+): ([\d.]+) percent, engine: cpu, computed here: .*Conv2D/;
    const [found, percent] = await shown(at, '#state', pattern);
    expect(found).to.equal('Neutral');
    expect(Number(percent)).to.be.above(50);
  });

  it('faces by face-api', async () => {
    const at = await build('face-api');
    const pattern = /^faces: (\d+), landmarks: (\d+), engine: cpu, computed here: .*Conv2D/;
    const [faces, points] = await shown(at, '#state', pattern);
    expect(Number(faces)).to.be.above(0);
    expect(Number(points)).to.equal(68 * Number(faces));
  });

  it('faces by Human', async () => {
    const at = await build('human');
    const pattern = /^faces: (\d+), points: (\d+), engine: cpu, computed here: .*Conv2D/;
    const [faces, points] = await shown(at, '#state', pattern);
    expect(Number(faces)).to.be.above(0);
    expect(Number(points)).to.be.at.least(468);
  });

  it('a drawing by UpscalerJS', async () => {
    const at = await build('upscaler');
    await shown(at, '#state', /^128 x 128 pixels, engine: cpu, computed here: .*Conv2D/);
  });

  it('a library that uses the global tf', async () => {
    const { status, stdout, output } = await runNode(
      ['examples/global-tf/app.mjs'],
      consumer.folder,
    );
    expect(status, output).to.equal(0);
    expect(stdout.trim().split('\n').slice(-3)).to.deep.equal([
      'brightest: 27',
      'backend: tiled, engine: cpu',
      'computed here: Conv2D',
    ]);
  });
});
