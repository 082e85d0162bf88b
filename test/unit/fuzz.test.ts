/** The fuzz: its command line, that it finds what is wrong, and some of it on tiled-cpu. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../src/index.js';
import { caseText, type FuzzReport, fuzz } from '../../scripts/fuzz/fuzz.js';
import { readFuzzOptions } from '../../scripts/fuzz/options.js';
import { reportText } from '../../scripts/fuzz/text.js';
import { UsageError } from '../../scripts/lib/errors.js';
import type { Bug } from './plantedBackend.js';
import { plant, uproot } from './plantedBackend.js';
import { bugs } from './plantedBugs.js';

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

  it('has defaults, and a seed of its own where none is given', () => {
    expect(readFuzzOptions(['--seed', '7'])).to.deep.equal({
      backend: 'tiled-webgl',
      place: 'swiftshader',
      runs: 20_000,
      seed: 7,
      path: undefined,
    });
    expect(readFuzzOptions(['--backend', 'tiled-cpu'])?.place).to.equal('node');
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
    expect(fault('--browser', 'node')).to.match(/^--browser is "node", where tiled-webgl does not/);
    expect(fault('--seed', '1', '--path', '1:a')).to.match(/^--path is "1:a"; .* as in 12:0:3$/);
    expect(fault('--path', '1:2')).to.match(/^--path is "1:2", which needs the --seed/);
    expect(fault('--case', '{}')).to.match(/^option --case is unknown; options: --runs/);
  });
});

describe('fuzz on tiled-cpu', () => {
  it('finds no difference, in every kind of case', async () => {
    const { cases, counts, difference } = await fuzz({
      backend: 'tiled-cpu',
      stock: ['cpu'],
      runs: 400,
      seed: 1,
    });
    expect(difference).to.equal(null);
    expect(cases).to.equal(400);
    expect(counts.right).to.be.above(250);
    for (const count of Object.values(counts)) expect(count).to.be.above(0);
  });

  it('computes nothing of an empty filter, wherever the memory ends', async () => {
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

  it('draws the same cases for the same seed, and others for another', async () => {
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

describe('fuzz of a backend with a fault', () => {
  const planted = 'fuzzed';
  afterEach(async () => {
    await tf.setBackend('cpu');
    uproot(planted);
  });

  const findIn = async (bug: Bug, more: { path?: string; seed?: number } = {}) => {
    plant(planted, bug);
    return fuzz({ backend: planted, stock: ['cpu'], runs: 3000, seed: 1, ...more });
  };

  function differenceOf(report: FuzzReport) {
    if (report.difference === null) throw new Error(`${report.cases} cases, and no difference`);
    return report.difference;
  }

  it('finds wrong values, names a small case, and finds it again by its path', async () => {
    const bug = bugs['output channels beyond a multiple of 4 dropped'];
    const report = await findIn(bug);
    const found = differenceOf(report);
    expect(found.message).to.match(/of \d+ values are off; first at \[/);
    const { conv } = found.case;
    const channels = conv.kernel === 'depthwiseConv2d' ? conv.filter[2] * conv.filter[3] : 5;
    expect(channels % 4).to.not.equal(0);
    expect(conv.in[0] * conv.in[1] * conv.in[2]).to.be.at.most(16);
    const request = { backend: 'tiled-cpu', place: 'node', runs: 3000, seed: 1 } as const;
    const text = reportText(report, { ...request, path: undefined }, 1000);
    expect(text).to.contain(`--seed 1 --path ${found.path}\n`).and.contain(caseText(found.case));
    expect(text).to.match(/, 1 differences$/);

    uproot(planted);
    const again = differenceOf(await findIn(bug, { path: found.path }));
    expect(caseText(again.case)).to.equal(caseText(found.case));
    expect(again.message).to.equal(found.message);
  });

  it('finds a refusal of what stock computes', async () => {
    const { message, case: c } = differenceOf(
      await findIn(() => ({ attrs }, right) => {
        if (String(attrs.strides) === '2,2') throw new Error('odd pixels are too much for me');
        return right();
      }),
    );
    expect(message).to.equal('refuses what stock computes: Error: odd pixels are too much for me');
    expect(c.conv.stride).to.deep.equal([2, 2]);
  });

  it('finds an answer to what stock refuses', async () => {
    const { message } = differenceOf(
      await findIn(
        () =>
          ({ attrs }, right) =>
            attrs.dataFormat === 'NCHW'
              ? right()
              : right({ attrs: { ...attrs, dataFormat: 'NHWC' } }),
      ),
    );
    expect(message).to.match(/^answers what stock refuses with Error: Unknown dataFormat/);
  });

  it('finds refusals that say nothing', async () => {
    const { message } = differenceOf(
      await findIn(() => (_call, right) => {
        try {
          return right();
        } catch {
          throw new TypeError('undefined is not a function');
        }
      }),
    );
    expect(message).to.match(
      /^refuses with TypeError: undefined is not a function, and stock with/,
    );
  });

  it('finds what is left behind', async () => {
    const { message } = differenceOf(
      await findIn(() => ({ inputs }, right) => {
        if (inputs.bias !== undefined) right();
        return right();
      }),
    );
    expect(message).to.match(/^leaves \d backend records? more behind$/);
  });

  it('finds a second run that differs from the first', async () => {
    const { message, case: c } = differenceOf(
      await findIn(() => {
        let last: tf.TensorInfo | undefined;
        return ({ backend, inputs }, right) => {
          const y = right();
          const values = backend.data.get(y.dataId).values as Float32Array;
          if (last === inputs.filter && values.length > 0) values[0] += 1;
          last = inputs.filter;
          return y;
        };
      }),
    );
    expect(c.runs).to.equal(2);
    expect(message).to.match(/^run 2: /);
  });
});
