/** The fuzz finds faults that are planted in a right backend, and in what an engine says of itself. */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../src/index.js';
import { repeating } from '../../scripts/fuzz/confirm.js';
import type { Engine } from '../../scripts/fuzz/engine.js';
import { caseText, type FuzzOptions, type FuzzReport, fuzz } from '../../scripts/fuzz/fuzz.js';
import type { FuzzRequest } from '../../scripts/fuzz/options.js';
import { faultsOf, reportText } from '../../scripts/fuzz/text.js';
import { type ConvAttrs, convShape } from '../../src/shape/convShape.js';
import { type Bug, plant, uproot } from './plantedBackend.js';
import { bugs } from './plantedBugs.js';

/** Runs a kernel; one that throws takes back the data that it made. */
function allOrNothing<T>(backend: MathBackendCPU, run: () => T): T {
  const made: TensorInfo['dataId'][] = [];
  const { data } = backend;
  const set = data.set.bind(data);
  data.set = (id, value) => {
    made.push(id);
    return set(id, value);
  };
  try {
    return run();
  } catch (error) {
    for (const id of made.filter((id) => data.has(id))) backend.disposeData(id, true);
    throw error;
  } finally {
    data.set = set;
  }
}

/**
 * Stock cpu makes NaN of a leakyrelu without a slope, hangs at strides of 0, and leaves data behind
 * where it throws; it is right about all else that has a meaning.
 */
const soundBut =
  (bug: Bug): Bug =>
  () => {
    const wrong = bug();
    return (call, right) => {
      const { kernel, inputs } = call;
      const attrs = { ...call.attrs, leakyreluAlpha: call.attrs.leakyreluAlpha ?? 0.2 };
      if (!kernel.includes('Backprop')) {
        const name = kernel.includes('Depthwise') ? 'depthwiseConv2d' : 'conv2d';
        const dataFormat = call.attrs.dataFormat === 'NCHW' ? 'NCHW' : 'NHWC';
        const known = { ...attrs, dataFormat } as unknown as ConvAttrs;
        convShape(name, inputs.x.shape, inputs.filter.shape, known);
      }
      return allOrNothing(call.backend, () =>
        wrong({ ...call, attrs }, (changes) => right({ attrs, ...changes })),
      );
    };
  };

const firstOf = (backend: MathBackendCPU, { dataId }: TensorInfo) =>
  (backend.data.get(dataId).values as Float32Array)[0];

const request: FuzzRequest = {
  backend: 'tiled-cpu',
  place: 'node',
  runs: 3000,
  seed: 1,
  path: undefined,
};

describe('fuzz of a backend with a fault', () => {
  const planted = 'fuzzed';
  afterEach(async () => {
    await tf.setBackend('cpu');
    uproot(planted);
  });

  const findIn = async (bug: Bug, more: Partial<FuzzOptions> = {}) => {
    plant(planted, soundBut(bug));
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
    const text = reportText(report, request, 1000, { ...request, path: found.path });
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
            attrs.activation === 'gelu'
              ? right({ attrs: { ...attrs, activation: 'linear' } })
              : right(),
      ),
    );
    expect(message).to.match(/^answers what stock refuses with Error: Activation gelu/);
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
        let last: TensorInfo | undefined;
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

  it('finds nothing where there is no fault', async () => {
    const { cases, difference } = await findIn(() => (_call, right) => right());
    expect(difference).to.equal(null);
    expect(cases).to.equal(3000);
  });

  it('finds a refusal without a cause, whatever its words', async () => {
    const { message, case: c } = differenceOf(
      await findIn(() => ({ attrs }, right) => {
        if (attrs.pad === 3) throw new Error('conv2d: pad must be whole numbers. Got 3');
        return right();
      }),
    );
    expect(message).to.match(/^refuses what stock computes: Error: conv2d: pad must be whole/);
    expect(c.wild).to.include({ pad: 3 });
  });

  it('finds a result of another type', async () => {
    const report = await findIn(() => (_call, right) => ({ ...right(), dtype: 'int32' }));
    expect(differenceOf(report).message).to.equal('type int32');
  });

  it('finds a bias that is no number and is left out', async () => {
    const { case: c } = differenceOf(
      await findIn(() => ({ backend, inputs }, right) => {
        const { bias } = inputs;
        const isOdd = bias !== undefined && Number.isNaN(firstOf(backend, bias));
        return isOdd ? right({ inputs: { bias: undefined as never } }) : right();
      }),
    );
    expect(c.special).to.equal('nanBias');
  });

  it('finds answers to what stock refuses, though the oracle knows them', async () => {
    const refusing = 'refusing';
    plant(refusing, () => ({ attrs }, right) => {
      if (String(attrs.strides) === '2,2') throw new Error('odd pixels are too much for me');
      return right();
    });
    try {
      const report = await findIn(() => (_call, right) => right(), { stock: [refusing] });
      expect(differenceOf(report).message).to.equal(
        'answers what stock refuses with Error: odd pixels are too much for me',
      );
    } finally {
      uproot(refusing);
    }
  });

  describe('by what the engine says', () => {
    const step = { kernel: 'Conv2D', from: 'quick', to: 'stock', reason: 'it is late' };

    /** An engine whose one variant runs, if nothing else is said. */
    function engineOf(says: { isIdle?: boolean; stepsAfter?: number; refuses?: boolean }) {
      let forced: string | null = null;
      let [runs, own, steps] = [0, 0, 0];
      const engine: Engine = {
        variants: [{ name: 'quick', kernels: ['conv2d'], isWide3x3: false, multiplies: true }],
        possible: ['quick'],
        force: (name) => {
          forced = name;
        },
        isRefusal: (error) => error instanceof RangeError,
        record: () => ({
          runs: { quick: runs, own },
          steps: steps > 0 ? [{ ...step, count: steps }] : [],
        }),
      };
      const bug: Bug = () => (_call, right) => {
        if (forced !== null && says.refuses) throw new RangeError('not for quick');
        if (forced === null || says.isIdle) own++;
        else runs++;
        if (own + runs > (says.stepsAfter ?? Number.POSITIVE_INFINITY)) steps++;
        return right();
      };
      return { engine, bug };
    }

    const reportOf = (says: Parameters<typeof engineOf>[0]) => {
      const { engine, bug } = engineOf(says);
      return findIn(bug, { engine });
    };

    it('nothing, where it does what it is told', async () => {
      const { difference, neverRan, ran } = await reportOf({});
      expect(difference).to.equal(null);
      expect(neverRan).to.deep.equal([]);
      expect(ran?.quick).to.be.above(100);
    });

    it('finds a step down, though the answers are right', async () => {
      const { message } = differenceOf(await reportOf({ stepsAfter: 50 }));
      expect(message).to.equal('a step down: Conv2D uses stock instead of quick: it is late');
    });

    it('finds a forced variant that does not run', async () => {
      const { message, case: c } = differenceOf(await reportOf({ isIdle: true }));
      expect(message).to.match(/^computes 0 of \d convolutions by quick$/);
      expect(c.variant).to.equal('quick');
    });

    it('finds a variant that takes nothing', async () => {
      const report = await reportOf({ refuses: true });
      expect(report.difference).to.equal(null);
      expect(report.variantsRefused.quick).to.be.above(100);
      expect(report.neverRan).to.deep.equal(['quick']);
      expect(faultsOf(report, request)).to.deep.equal(['variants that computed nothing: quick']);
      expect(reportText(report, request, 1, request)).to.match(/forced, and not taken: quick \d+/);
    });

    it('finds convolutions that no variant computed', async () => {
      const engine = { ...engineOf({}).engine, record: () => ({ runs: {}, steps: [] }) };
      const { message } = differenceOf(await findIn(() => (_call, right) => right(), { engine }));
      expect(message).to.match(/^computes 0 of \d convolutions by/);
    });
  });
});

describe('what repeats a difference', () => {
  const difference = { case: {} as never, message: 'off by one', path: '7:0:1', shrinks: 2 };
  const report = { cases: 8, difference } as unknown as FuzzReport;

  it('is its path, where the case is wrong alone', async () => {
    const asked: FuzzRequest[] = [];
    const again = await repeating(report, request, async (alone) => {
      asked.push(alone);
      return report;
    });
    expect(asked).to.deep.equal([{ ...request, path: '7:0:1', runs: 1 }]);
    expect(again).to.deep.equal(asked[0]);
  });

  it('is all cases up to it, where it takes those before it', async () => {
    const right = { cases: 1, difference: null } as unknown as FuzzReport;
    const again = await repeating(report, request, async () => right);
    expect(again).to.deep.equal({ ...request, runs: 8 });
  });
});

describe('a report of no differences', () => {
  it('says when fewer cases were run than asked for', () => {
    const report = { cases: 2999, difference: null, neverRan: [] } as unknown as FuzzReport;
    expect(faultsOf(report, request)).to.deep.equal(['only 2,999 of 3,000 cases were run']);
    expect(faultsOf({ ...report, cases: 3000 }, request)).to.deep.equal([]);
  });
});
