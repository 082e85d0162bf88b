/** Tests of public calls when no backend runs, when another one runs, and beside package copies. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { version } from '../../../package.json';
import { root } from '../../../scripts/lib/root.js';
import { isCompatible } from '../../../src/engine/brand.js';
import * as first from '../../../src/index.js';

const names = ['tiled', 'tiled-webgl', 'tiled-cpu'];
const x = () => tf.ones([1, 4, 4, 2]);
const convolve = () =>
  tf.tidy(() => tf.conv2d(x() as tf.Tensor4D, tf.ones([3, 3, 2, 3]), 1, 'same'));

type Package = typeof first;

/** Removes our backends, and registers them again from a copy of the package. */
function registerOnly(copy: Package): void {
  for (const name of names) if (tf.findBackendFactory(name) !== null) tf.removeBackend(name);
  copy.registerTiled();
}

/** Runs `body` with console.warn silenced. */
async function quietly<T>(body: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await body();
  } finally {
    console.warn = warn;
  }
}

const running = () => Object.keys(tf.engine().registry).filter((name) => names.includes(name));

/** Returns every public call about a backend, as a function of the backend's name. */
function calls(copy: Package): Record<string, (name?: string) => unknown> {
  const model = () => convolve();
  return {
    tiledInfo: (name) => copy.tiledInfo(name),
    explain: (name) => copy.explain(name),
    trim: (name) => copy.trim(name),
    forceVariant: (name) => copy.forceVariant(null, name),
    warmUp: (name) => copy.warmUp(model, null, { backend: name }),
    tune: (name) => copy.tune(model, null, { backend: name }),
    exportTuning: (name) => copy.exportTuning(name),
    loadTuning: (name) => copy.loadTuning('{}', name),
    clearTuning: (name) => copy.clearTuning(name),
  };
}

async function complaint(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('a public call that looks for a backend', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    registerOnly(first);
  });

  for (const [name, call] of Object.entries(calls(first))) {
    it(`${name} starts no backend, and names the active one and what to call`, async () => {
      for (const asked of names) {
        expect(await complaint(() => call(asked))).to.equal(
          `${name}: '${asked}' is not running; the active backend is 'cpu'; ` +
            `call await tf.setBackend('${asked}') first`,
        );
      }
      expect(running()).to.deep.equal([]);
      expect(tf.getBackend()).to.equal('cpu');
    });

    it(`${name} tells a backend that is not tiled from one that is not registered`, async () => {
      expect(await complaint(() => call('cpu'))).to.equal(
        `${name}: 'cpu' is not a tiled backend; the active backend is 'cpu'; ` +
          "call await tf.setBackend('tiled') first",
      );
      expect(await complaint(() => call('nosuch'))).to.equal(
        `${name}: there is no backend 'nosuch'; the active backend is 'cpu'; ` +
          'registerTiled() registers ours, and the entries /webgl and /cpu of tfjs-backend-tiled one each',
      );
    });
  }

  it('says why a backend could not start', async () => {
    // Node has no WebGL.
    expect(await quietly(() => tf.setBackend('tiled-webgl'))).to.equal(false);
    const expected =
      "tiledInfo: 'tiled-webgl' could not start: tiled-webgl: this device or browser gives no " +
      'WebGL2 context; no backend is active';
    expect(await complaint(() => first.tiledInfo())).to.equal(expected);
    expect(await complaint(() => first.tiledInfo('tiled-webgl'))).to.equal(expected);
    tf.env().set('TILED_CPU_THREADS', 'many' as never);
    expect(await quietly(() => tf.setBackend('tiled-cpu'))).to.equal(false);
    expect(await complaint(() => first.tiledInfo())).to.include(
      "'tiled-cpu' could not start: TILED_CPU_THREADS is 'many'",
    );
    tf.env().set('TILED_CPU_THREADS', 0);
    expect(await tf.setBackend('tiled-cpu')).to.equal(true);
    expect(first.tiledInfo().backend).to.equal('tiled-cpu');
  });

  it('is about the one engine that is registered, if there is no tiled', async () => {
    tf.removeBackend('tiled');
    tf.removeBackend('tiled-webgl');
    expect(await complaint(() => first.tiledInfo())).to.equal(
      "tiledInfo: 'tiled-cpu' is not running; the active backend is 'cpu'; " +
        "call await tf.setBackend('tiled-cpu') first",
    );
    expect(await complaint(() => first.tiledInfo('cpu'))).to.include("setBackend('tiled-cpu')");
  });

  it('lists the variants of both engines', () => {
    expect(first.variantNames()).to.include.members(['direct-4x2x1', 'general']);
    expect(first.variantNames('tiled-cpu')).to.deep.equal(['relaxed-simd', 'simd', 'plain']);
  });

  it('finds the active backend under a name that the user gave it', async () => {
    tf.registerBackend('mine', () => new first.TiledCPUBackend(), 0);
    await tf.setBackend('mine');
    expect(first.tiledInfo().backend).to.equal('mine');
    await tf.setBackend('cpu');
    tf.removeBackend('mine');
  });
});

describe('two copies of the package', () => {
  let second: Package;

  before(async () => {
    second = await import(String(pathToFileURL(join(root, 'dist', 'index.js'))));
    expect(second.TiledCPUBackend).to.not.equal(first.TiledCPUBackend);
  });

  after(async () => {
    await tf.setBackend('cpu');
    registerOnly(first);
  });

  it('share one set of backends, made by the copy that was loaded first', async () => {
    await tf.setBackend('cpu');
    registerOnly(first);
    second.registerTiled();
    await tf.setBackend('tiled-cpu');
    expect(tf.backend()).to.be.instanceOf(first.TiledCPUBackend);
    convolve().dispose();
    expect(second.tiledInfo()).to.deep.equal(first.tiledInfo());
    expect(second.tiledInfo('tiled-cpu').variants.Conv2D).to.not.equal(undefined);
    const { runMs, programs } = await second.warmUp(convolve, null);
    expect([programs, runMs > 0]).to.deep.equal([0, true]);
    expect((await second.tune(convolve, null)).gain).to.equal(1);
    for (const call of ['exportTuning', 'loadTuning', 'clearTuning'] as const) {
      expect(await complaint(() => calls(second)[call]())).to.equal(
        `${call}: 'tiled-cpu' computes on the CPU, where there is nothing to tune`,
      );
    }
  });

  it('refuse variants with errors that both copies recognise', async () => {
    await tf.setBackend('cpu');
    registerOnly(first);
    await tf.setBackend('tiled-cpu');
    second.forceVariant('plain', 'tiled-cpu');
    const { name, reason } = second.tiledInfo().build ?? {};
    convolve().dispose();
    expect(first.tiledInfo().build).to.deep.equal({
      name: 'plain',
      reason: 'forceVariant() asked for it',
    });
    expect(name, reason).to.not.equal('plain');
    second.forceVariant(null, 'tiled-cpu');
    const backend = tf.backend() as unknown as { refuse(message: string): never };
    for (const copy of [first, second]) {
      expect(() => backend.refuse('no')).to.throw(copy.VariantRefusal, 'no');
    }
  });

  it("recognise each other's errors", () => {
    const lost = new first.TensorLostError([2], 'float32', 'a reason');
    const context = new second.ContextLostError('somewhere');
    class Narrower extends second.ContextLostError {}
    for (const copy of [first, second]) {
      expect(lost).to.be.instanceOf(copy.TensorLostError);
      expect(lost).to.be.instanceOf(copy.ContextLostError);
      expect(context).to.be.instanceOf(copy.ContextLostError);
      expect(context).to.not.be.instanceOf(copy.TensorLostError);
      expect(context).to.not.be.instanceOf(copy.VariantRefusal);
      expect(new Narrower('there')).to.be.instanceOf(copy.ContextLostError);
    }
    expect(context).to.not.be.instanceOf(Narrower);
    expect(null).to.not.be.instanceOf(first.ContextLostError);
    expect(new Error('the WebGL context was lost')).to.not.be.instanceOf(first.ContextLostError);
  });

  it('register removed backends again with their own kernels, and leave the rest', async () => {
    await tf.setBackend('cpu');
    registerOnly(first);
    const kernel = tf.getKernel('Conv2D', 'tiled-webgl');
    tf.removeBackend('tiled-cpu');
    second.registerTiled();
    expect(tf.getKernel('Conv2D', 'tiled-webgl')).to.equal(kernel);
    await tf.setBackend('tiled-cpu');
    expect(tf.backend()).to.be.instanceOf(second.TiledCPUBackend);
    const y = convolve();
    expect((await y.data())[15]).to.equal(18);
    y.dispose();
    expect(first.tiledInfo().variants.Conv2D).to.not.equal(undefined);
  });

  it('name both versions when these do not fit', async () => {
    const strange = { version: '99.1.0', calls: {} };
    const brand = Symbol.for('tfjs-backend-tiled');
    class Other extends tf.KernelBackend {}
    tf.registerBackend('other', () => Object.assign(new Other(), { [brand]: strange }), 0);
    await tf.setBackend('other');
    for (const [name, call] of Object.entries(calls(first))) {
      expect(await complaint(() => call('other'))).to.equal(
        `${name}: 'other' is a backend of tfjs-backend-tiled 99.1.0, and this is ${version}; ` +
          'load one of them only',
      );
    }
    await tf.setBackend('cpu');
    delete tf.engine().registry.other;
    tf.removeBackend('other');
  });

  it('accept each other by the rules of npm version ranges', () => {
    const pairs: [string, string, boolean][] = [
      ['0.1.0', '0.1.7', true],
      ['0.1.0', '0.2.0', false],
      ['1.2.0', '1.9.3', true],
      ['1.2.0', '2.2.0', false],
      ['0.1.0', '1.1.0', false],
    ];
    for (const [a, b, expected] of pairs)
      expect(isCompatible(a, b), `${a} ${b}`).to.equal(expected);
  });
});
