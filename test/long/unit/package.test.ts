/** Tests of the package that npm installs: in Node, for TypeScript, and with package checkers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { declarePackageChecks, noticesOf } from '../../support/packageChecks.js';
import { type Consumer, installPacked, runNode } from '../../support/packedSupport.js';

/** Source that uses types of every entry. */
const app = `
import * as tf from '@tensorflow/tfjs-core';
import { type TiledInfo, tiledInfo, warmUp, type WarmUpReport } from 'tfjs-backend-tiled';
import { registerTiled, TiledCPUBackend } from 'tfjs-backend-tiled/base';
import { ContextLostError } from 'tfjs-backend-tiled/errors';

export async function start(x: tf.Tensor4D): Promise<TiledInfo['engine']> {
  registerTiled();
  const model = (t: tf.Tensor4D) => tf.relu(t);
  const { runMs }: WarmUpReport = await warmUp(model, x, {
    onProgress: ({ stage }) => console.log(stage satisfies 'compile' | 'run' | 'done'),
  });
  const view: Float32Array = new TiledCPUBackend().view(0, 1);
  const isLost = (error: unknown): boolean => error instanceof ContextLostError;
  // @ts-expect-error: milliseconds are a number
  const text: string = runMs;
  // @ts-expect-error: a backend's name is text
  const info = tiledInfo(isLost(view.length));
  return info.engine;
}
`;

describe('the packed package', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  let consumer: Consumer;

  before(async () => {
    consumer = await installPacked();
  });
  after(() => consumer?.remove());

  /** Returns the JSON that a user's script prints; it must print nothing else. */
  async function printed(name: string, text: string, flags: readonly string[] = []) {
    consumer.write({ [name]: text });
    const { status, output } = await runNode([...flags, name], consumer.folder);
    expect(status, output).to.equal(0);
    return JSON.parse(output);
  }

  const names = () => JSON.stringify(consumer.entries);

  it('gives the same exports by import and by require, and uses the one tfjs-core', async () => {
    const imported = await printed(
      'imported.mjs',
      `const entries = {};
      for (const name of ${names()}) entries[name] = Object.keys(await import(name)).sort();
      console.log(JSON.stringify(entries));`,
    );
    expect(Object.keys(imported)).to.include.members([
      'tfjs-backend-tiled',
      'tfjs-backend-tiled/base',
      'tfjs-backend-tiled/cpu',
    ]);
    for (const [name, exported] of Object.entries(imported)) expect(exported, name).not.to.be.empty;

    const required = await printed(
      'required.cjs',
      `const { createRequire } = require('node:module');
      const entries = {};
      for (const name of ${names()}) entries[name] = Object.keys(require(name)).sort();
      const ofPlugin = createRequire(require.resolve('tfjs-backend-tiled'));
      const core = [require, ofPlugin].map((one) => one.resolve('@tensorflow/tfjs-core'));
      console.log(JSON.stringify({ entries, core }));`,
      // Otherwise Node may load an ES module where CommonJS is requested, which Jest does not do.
      ['--no-experimental-require-module'],
    );
    expect(required.entries).to.deep.equal(imported);
    expect(required.core[0]).to.equal(required.core[1]);
  });

  for (const [order, first, second] of [
    ['an import and then a require', 'import', 'require'],
    ['a require and then an import', 'require', 'import'],
  ]) {
    it(`has one set of backends after ${order}`, async () => {
      const { registered, infos } = await printed(
        `${first}-first.mjs`,
        `import { createRequire } from 'node:module';
        import * as tf from '@tensorflow/tfjs-core';
        const require = createRequire(import.meta.url);
        const load = { import: (name) => import(name), require };
        tf.env().set('IS_TEST', true);
        const factories = () => ['tiled', 'tiled-webgl', 'tiled-cpu'].map(tf.findBackendFactory);
        const one = await load.${first}('tfjs-backend-tiled');
        const before = factories();
        const other = await load.${second}('tfjs-backend-tiled');
        const registered = factories().map((factory, i) => factory && factory === before[i]);
        await tf.setBackend('tiled');
        tf.conv2d(tf.ones([1, 5, 5, 8]), tf.ones([3, 3, 8, 8]), 1, 'same').dispose();
        const infos = [one, other].map(({ tiledInfo }) => tiledInfo());
        console.log(JSON.stringify({ registered, infos }));`,
      );
      expect(registered).to.deep.equal([true, true, true]);
      expect(infos[0].engine).to.equal('cpu');
      expect(Object.keys(infos[0].variants)).to.deep.equal(['Conv2D']);
      expect(infos[1]).to.deep.equal(infos[0]);
    });
  }

  it('contains no code of other packages but that of the compiler, and has its notice', () => {
    const folder = join(consumer.installed, 'dist');
    const bundles = readdirSync(folder).filter((path) => /\.c?js$/.test(path));
    expect(bundles).to.include.members(['index.js', 'cpu.cjs']);
    // esbuild names the file that each part of a bundle was made of, unless the bundle is minified.
    const part = /^\s*\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm;
    for (const path of bundles) expect(readFileSync(join(folder, path), 'utf8')).not.to.match(part);
    expect(noticesOf(consumer)).to.deep.equal(['assemblyscript']);
  });

  declarePackageChecks(app, () => consumer);
});
