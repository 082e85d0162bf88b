/** Tests of the fuzz: its command line, and a short run on tiled-cpu. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { UsageError } from '../../../scripts/lib/errors.js';
import { registerTiled } from '../../../src/index.js';
import { startEngine } from '../../fuzz/engine.js';
import { caseText, fuzz } from '../../fuzz/fuzz.js';
import { readFuzzOptions } from '../../fuzz/options.js';

describe('fuzz: command line', () => {
  const fault = (...argv: string[]): string => {
    try {
      readFuzzOptions(argv);
    } catch (error) {
      expect(error).to.be.instanceOf(UsageError);
      return (error as Error).message;
    }
    throw new Error(`${argv.join(' ')} was taken`);
  };

  it('has defaults, and draws a seed when none is given', () => {
    expect(readFuzzOptions(['--seed', '7'])).to.deep.equal({
      backend: 'tiled-webgl',
      place: 'swiftshader',
      runs: 20_000,
      seed: 7,
      precision: 'float32',
      path: undefined,
    });
    expect(readFuzzOptions(['--backend', 'tiled-cpu'])?.place).to.equal('node');
    expect(readFuzzOptions(['--browser', 'node'])?.backend).to.equal('tiled-cpu');
    const again = readFuzzOptions(['--seed', '0', '--path', '12:0:3']);
    expect(again).to.include({ seed: 0, path: '12:0:3', runs: 1 });
    expect(readFuzzOptions([])?.seed).to.be.within(0, 2 ** 31 - 1);
  });

  it('names the option, the value and what would be right', () => {
    for (const runs of ['0', '1.5', '-3', 'many', '1e4']) {
      expect(fault('--runs', runs)).to.equal(
        `--runs is "${runs}"; it must be a whole number from 1 to 10000000`,
      );
    }
    expect(fault('--seed', '2147483648')).to.match(/^--seed is "2147483648"; .* to 2147483647$/);
    expect(fault('--backend', 'webgl')).to.match(
      /^--backend is "webgl"; .* tiled-webgl, tiled-cpu$/,
    );
    expect(fault('--browser', 'node', '--backend', 'tiled-webgl')).to.match(
      /^--browser is "node", where tiled-webgl does not/,
    );
    expect(fault('--precision', 'half', '--browser', 'node')).to.equal(
      '--precision is "half", but tiled-cpu stores float32 only',
    );
    expect(fault('--seed', '1', '--path', '1:a')).to.match(/^--path is "1:a"; .* as in 12:0:3$/);
    expect(fault('--path', '1:2')).to.match(/^--path is "1:2", which needs the --seed/);
    expect(fault('--case', '{}')).to.match(/^option --case is unknown; options: --runs/);
  });
});

describe('fuzz on tiled-cpu', () => {
  before(() => {
    // Each test file brings its own engine, and only the first one is registered.
    tf.removeBackend('tiled-cpu');
    registerTiled();
  });

  it('finds no difference, in every kind of case', async () => {
    const states = new Set<string>();
    const { cases, counts, asked, ran, neverRan, difference } = await fuzz({
      backend: 'tiled-cpu',
      stock: ['cpu'],
      engine: await startEngine('tiled-cpu'),
      runs: 2000,
      seed: 1,
      onCase: ({ state, special, leavesAlpha, variant }) => {
        for (const what of [state, special, leavesAlpha && 'no alpha', variant]) {
          if (what) states.add(what);
        }
      },
    });
    expect(difference).to.equal(null);
    expect(cases).to.equal(2000);
    expect(counts.right).to.be.above(1000);
    for (const count of Object.values(counts)) expect(count).to.be.above(0);
    expect(asked).to.be.above(50);
    expect(neverRan).to.deep.equal([]);
    expect(ran?.simd, 'by microkernels').to.be.above(1000);
    expect([...states]).to.include.members(['debug', 'limit', 'no alpha', 'simd', 'plain']);
    const specials = ['nanBias', 'infBias', 'nanSlopes', 'infSlopes', 'overflow'];
    expect([...states]).to.include.members(specials);
  });

  it('reads nothing for an empty filter at the end of memory', async () => {
    await tf.setBackend('tiled-cpu');
    for (let size = 1; size <= 64; size++) {
      const shape = tf.tidy(() => {
        const x = tf.ones([1, size, 6, 7]) as tf.Tensor4D;
        const y = tf.depthwiseConv2d(x, tf.ones([3, 3, 7, 0]) as tf.Tensor4D, 1, 'same');
        expect([...y.dataSync()]).to.deep.equal([]);
        return y.shape;
      });
      expect(shape).to.deep.equal([1, size, 6, 0]);
    }
  });

  it('draws the same cases for the same seed, and different ones for another', async () => {
    const sequence = async (seed: number) => {
      const texts: string[] = [];
      const { sequence } = await fuzz({
        backend: 'tiled-cpu',
        stock: ['cpu'],
        runs: 30,
        seed,
        onCase: (c, path) => texts.push(`${path} ${caseText(c)}`),
      });
      return { sequence, texts };
    };
    const first = await sequence(5);
    expect(await sequence(5)).to.deep.equal(first);
    expect((await sequence(6)).sequence).to.not.equal(first.sequence);
    expect(first.texts[29]).to.match(/^29 \{/);
  });
});
