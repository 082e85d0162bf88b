/** Tests of what the package needs from tfjs: its versions, its scripts, and a single copy. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  engine,
  getKernel,
  Identity,
  registerKernel,
  unregisterKernel,
  version_core,
} from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { peerDependencies } from '../../../package.json';
import { root } from '../../../scripts/lib/root.js';
import { warnOfCopies } from '../../../src/tfjsCopies.js';
import { takeTfjs } from '../../../src/tfjsGlobal.js';

const whole = {
  version_core: '4.22.0',
  MathBackendCPU: class {},
  MathBackendWebGL: class {},
};

describe('tfjs by script tag', () => {
  it('is taken as it is when our script loads', () => {
    const tf: Record<string, unknown> = { ...whole };
    const taken = takeTfjs(tf);
    tf.MathBackendWebGL = class {};
    expect(taken).to.deep.equal(whole);
  });

  const { MathBackendCPU, MathBackendWebGL, version_core } = whole;
  const faults: Record<string, [Record<string, unknown> | undefined, RegExp]> = {
    'no script': [undefined, /no global tf: load tf\.min\.js .*Content-Security-Policy$/],
    'another tf': [{}, /without tfjs-core: load tf-core\.min\.js/],
    'the core only': [
      { version_core },
      /load tf-backend-cpu\.min\.js and tf-backend-webgl\.min\.js of 4\.22\.0 before/,
    ],
    'no cpu': [{ version_core, MathBackendWebGL }, /: load tf-backend-cpu\.min\.js of 4\.22\.0/],
    'no webgl': [{ version_core, MathBackendCPU }, /: load tf-backend-webgl\.min\.js of 4\.22\.0/],
    'tfjs 3': [
      { ...whole, version_core: '3.21.0' },
      /tfjs is 3\.21\.0; it must be 4\.4\.0 or later$/,
    ],
    'tfjs 4.3': [{ ...whole, version_core: '4.3.0' }, /tfjs is 4\.3\.0; it must be 4\.4\.0 or/],
  };
  for (const [what, [tf, expected]] of Object.entries(faults)) {
    it(`says in one line what is wrong with ${what}`, () => {
      expect(() => takeTfjs(tf)).to.throw(Error, expected);
      expect(() => takeTfjs(tf)).to.throw(/^tfjs-backend-tiled: [^\n]+$/);
    });
  }

  it('is accepted in the oldest version and in future ones', () => {
    for (const version of ['4.4.0', '4.10.0', '5.0.0']) {
      expect(takeTfjs({ ...whole, version_core: version }).version_core).to.equal(version);
    }
  });
});

describe('the oldest tfjs', () => {
  it('is the same in every part of the package', () => {
    const parts = ['core', 'backend-cpu', 'backend-webgl'].map(
      (part) => `@tensorflow/tfjs-${part}`,
    );
    const ranges = parts.map((part) => (peerDependencies as Record<string, string>)[part]);
    expect(ranges).to.deep.equal(['^4.4.0', '^4.4.0', '^4.4.0']);
  });

  it('has every name that is imported', () => {
    // Names that tfjs-core has gained since 4.4; the exports of its backends have not changed.
    const newer = ['BitwiseAnd', 'Draw', 'bitwiseAnd', 'ensureShape', 'randomUniformInt'];
    const dist = join(root, 'dist');
    const scripts = readdirSync(dist).filter((name) =>
      /^(index|base|webgl|cpu|errors|shared-.*)\.js$/.test(name),
    );
    const text = scripts.map((name) => readFileSync(join(dist, name), 'utf8')).join('\n');
    const imports = [...text.matchAll(/import \{([^}]*)\} from "@tensorflow\/tfjs-core"/g)];
    const names = imports.flatMap(([, list]) =>
      list.split(',').map((item) => item.trim().split(' ')[0]),
    );
    expect(names).to.include('registerBackend');
    expect(names.filter((name) => newer.includes(name))).to.deep.equal([]);
  });
});

describe('two copies of tfjs', function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    // An application's own tfjs-core, in a folder from which this package is found, too.
    folder = mkdtempSync(join(root, 'dist', 'test', 'two-tfjs-'));
    const core = join(root, 'node_modules', '@tensorflow', 'tfjs-core');
    const nested = join(folder, 'node_modules', '@tensorflow', 'tfjs-core');
    mkdirSync(join(nested, 'dist'), { recursive: true });
    cpSync(join(core, 'dist', 'tf-core.node.js'), join(nested, 'dist', 'tf-core.node.js'));
    const manifest = { version: '4.17.0', main: 'dist/tf-core.node.js' };
    writeFileSync(join(nested, 'package.json'), JSON.stringify(manifest));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a module; returns what it prints, and its warnings. */
  function run(imports: string): { printed: string; warnings: string[] } {
    const path = join(folder, 'app.mjs');
    const body = `
      await tf.setBackend('tiled-cpu');
      const y = tf.conv2d(tf.ones([1, 5, 5, 8]), tf.ones([3, 3, 8, 8]), 1, 'same');
      console.log((await y.data())[0]);`;
    writeFileSync(path, imports + body);
    const { stdout, stderr } = spawnSync(process.execPath, [path], { encoding: 'utf8' });
    const warnings = stderr.split('\n').filter((line) => line.startsWith('tfjs-backend-tiled'));
    return { printed: stdout.trim().split('\n').at(-1) ?? '', warnings };
  }

  const theirs = "import * as tf from '@tensorflow/tfjs-core';";
  const ours = "import 'tfjs-backend-tiled';";
  for (const [order, imports] of Object.entries({
    'theirs, ours': theirs + ours,
    'ours, theirs': ours + theirs,
  })) {
    it(`are warned of once, with both versions and the remedy: ${order}`, () => {
      const { printed, warnings } = run(imports);
      expect(printed).to.equal('32');
      expect(warnings.length).to.equal(1);
      expect(warnings[0]).to.include(`loaded twice: ${version_core} for this package, and 4.17.0`);
      expect(warnings[0]).to.match(/npm ls @tensorflow\/tfjs-core.*"overrides" in package\.json/);
    });
  }

  it('are warned of once where the second is loaded after the backends were registered', () => {
    const warned = Symbol.for('tfjs-backend-tiled.warnedOfCopies');
    const page = globalThis as { tf?: unknown };
    const cpu = { name: 'cpu', packageName: 'tfjs-backend-cpu', version: version_core };
    const kernel = getKernel(Identity, 'cpu');
    const replaceBy = (other: typeof kernel) => {
      unregisterKernel(Identity, 'cpu');
      registerKernel(other);
    };
    const warnings: string[] = [];
    const { warn } = console;
    console.warn = (line: string) => void warnings.push(line);
    try {
      warnOfCopies([cpu]);
      expect(warnings).to.deep.equal([]);
      replaceBy({ ...kernel });
      page.tf = { version_core: '4.10.0' };
      warnOfCopies([cpu]);
      warnOfCopies([cpu]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include(`: ${version_core} for this package, and 4.10.0. `);
    } finally {
      console.warn = warn;
      delete page.tf;
      delete (engine() as { [warned]?: boolean })[warned];
      replaceBy(kernel);
    }
  });

  it('cause no warning when there is only one', () => {
    rmSync(join(folder, 'node_modules'), { recursive: true });
    expect(run(theirs + ours)).to.deep.equal({ printed: '32', warnings: [] });
  });
});
