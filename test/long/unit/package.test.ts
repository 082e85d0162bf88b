/** Tests of the package that npm installs: in Node, for TypeScript, and with package checkers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Consumer, installPacked, runNode, tool } from '../../support/packedSupport.js';

/**
 * Source that uses types of every entry. If a type became `any`, an expected error would be
 * missing, and a missing error fails the test.
 */
const app = `
import * as tf from '@tensorflow/tfjs-core';
import { type TiledInfo, tiledInfo, warmUp, type WarmUpReport } from 'tfjs-backend-tiled';
import { registerTiled, TiledCPUBackend } from 'tfjs-backend-tiled/base';
import { type CaseResult, parseCaseId, validate } from 'tfjs-backend-tiled/validator';

export async function start(x: tf.Tensor4D): Promise<TiledInfo['engine']> {
  registerTiled();
  const model = (t: tf.Tensor4D) => tf.relu(t);
  const { runMs }: WarmUpReport = await warmUp(model, x, {
    onProgress: ({ stage }) => console.log(stage satisfies 'compile' | 'run' | 'done'),
  });
  const results: CaseResult[] = await validate({ backend: 'tiled-cpu', cases: [parseCaseId('')] });
  const view: Float32Array = new TiledCPUBackend().view(0, results.length);
  // @ts-expect-error: milliseconds are a number
  const text: string = runMs;
  // @ts-expect-error: a backend's name is text
  const info = tiledInfo(view.length);
  return info.engine;
}
`;

const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
  strict: true,
  noEmit: true,
  // The types of tfjs need this.
  skipLibCheck: true,
};

/** Setups of a user's project: `type` in its package.json, and its compiler options. */
const projects = {
  'ES modules with nodenext': { type: 'module', module: 'nodenext' },
  'ES modules for a bundler': { type: 'module', module: 'esnext', moduleResolution: 'bundler' },
  'CommonJS with node16': { type: 'commonjs', module: 'node16' },
} as const;

/** The oldest compiler that is supported, and the compiler that writes the declarations. */
const compilers = { 'TypeScript 5.4': 'typescript-5.4', 'this TypeScript': 'typescript' };

describe('the packed package', function () {
  // Each test here waits only for its own work.
  this.timeout(10 * 60_000);
  let consumer: Consumer;

  before(async () => {
    consumer = await installPacked();
    for (const [name, { type, ...options }] of Object.entries(projects)) {
      consumer.write({
        [`${name}/package.json`]: JSON.stringify({ type }),
        [`${name}/tsconfig.json`]: JSON.stringify({
          compilerOptions: { ...compilerOptions, ...options },
        }),
        [`${name}/app.ts`]: app,
      });
    }
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
      'tfjs-backend-tiled/validator',
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

  it('includes the command of the validator', async () => {
    const id = 'conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=1';
    const bin = join('node_modules', '.bin', 'tfjs-conv-validate');
    const { status, output } = await runNode(
      [bin, '--browser', 'node', '--q', id],
      consumer.folder,
    );
    expect(status, output).to.equal(0);
    expect(output).to.match(/^verdict +pass$/m);
  });

  it('has notices of every package that is in its bundles, and none in the library', () => {
    const read = (path: string) => readFileSync(join(consumer.installed, path), 'utf8');
    const notices = read('dist/THIRD-PARTY-NOTICES.txt');
    const bundles = readdirSync(join(consumer.installed, 'dist'), {
      recursive: true,
      encoding: 'utf8',
    }).filter((path) => /\.c?js$/.test(path));
    // esbuild names the file that each part of a bundle was made of, unless the bundle is minified.
    const packages = (path: string) =>
      [...read(`dist/${path}`).matchAll(/^\s*\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(
        ([, name]) => name,
      );
    const brought = new Set(bundles.flatMap(packages));
    expect(brought).to.include('@tensorflow/tfjs-core');
    for (const name of [...brought, 'assemblyscript']) {
      expect(notices).to.match(
        new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\nLicense: [A-Z]`, 'm'),
        name,
      );
    }
    const library = bundles.filter((path) => /^(?!tfjs-)[\w-]+\.c?js$/.test(path));
    expect(library).to.include.members(['index.js', 'cpu.cjs']);
    expect(library.flatMap(packages)).to.deep.equal([]);
  });

  for (const [compiler, path] of Object.entries(compilers)) {
    for (const project of Object.keys(projects)) {
      it(`has types for ${project} (${compiler})`, async () => {
        const args = [tool(`${path}/bin/tsc`), '-p', project];
        const { status, output } = await runNode(args, consumer.folder);
        expect(status, output).to.equal(0);
      });
    }

    it(`has declarations without a fault of their own (${compiler})`, async () => {
      const project = 'ES modules for a bundler';
      const args = [tool(`${path}/bin/tsc`), '-p', project, '--skipLibCheck', 'false'];
      const { output } = await runNode([...args, '--pretty', 'false'], consumer.folder);
      const own = output.split('\n').filter((line) => line.includes('tfjs-backend-tiled/'));
      expect(own).to.deep.equal([]);
    });
  }

  it('passes publint', async () => {
    const args = [tool('publint/src/cli.js'), consumer.installed, '--strict', '--pack', 'false'];
    const { status, output } = await runNode(args, consumer.folder);
    expect(status, output).to.equal(0);
  });

  it('passes attw', async () => {
    const args = [tool('@arethetypeswrong/cli/dist/index.js'), consumer.tarball];
    const { status, output } = await runNode(args, consumer.folder);
    expect(status, output).to.equal(0);
  });
});
