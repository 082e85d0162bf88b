/** Tests of the fuzz's verdict on what an engine says of itself, and of the fuzz's own report. */
import { expect } from 'chai';
import '../../../../src/index.js';
import { repeating } from '../../../fuzz/confirm.js';
import type { Engine } from '../../../fuzz/engine.js';
import type { FuzzReport } from '../../../fuzz/fuzz.js';
import type { FuzzRequest } from '../../../fuzz/options.js';
import { faultsOf, reportText } from '../../../fuzz/text.js';
import type { Bug } from '../../../support/plantedBackend.js';
import { differenceOf, findIn, request, uprootPlanted } from '../../../unit/fuzz/fuzzSupport.js';

describe('fuzz of an engine that reports on itself', () => {
  afterEach(uprootPlanted);

  const step = { kernel: 'Conv2D', from: 'quick', to: 'stock', reason: 'it is late' };

  /** Makes an engine whose one variant runs, unless `says` changes that. */
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

  it('finds nothing when the engine runs the forced variants', async () => {
    const { difference, neverRan, ran } = await reportOf({});
    expect(difference).to.equal(null);
    expect(neverRan).to.deep.equal([]);
    expect(ran?.quick).to.be.above(100);
  });

  it('finds a fallback even when the answers are right', async () => {
    const { message } = differenceOf(await reportOf({ stepsAfter: 50 }));
    expect(message).to.equal('a step down: Conv2D uses stock instead of quick: it is late');
  });

  it('finds a forced variant that does not run', async () => {
    const { message, case: c } = differenceOf(await reportOf({ isIdle: true }));
    expect(message).to.match(/^computes 0 of \d convolutions by quick$/);
    expect(c.variant).to.equal('quick');
  });

  it('finds a variant that refuses every case', async () => {
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

describe('the request that repeats a difference', () => {
  const difference = { case: {} as never, message: 'off by one', path: '7:0:1', shrinks: 2 };
  const report = { cases: 8, difference } as unknown as FuzzReport;

  it('has its path when the case alone is wrong', async () => {
    const asked: FuzzRequest[] = [];
    const again = await repeating(report, request, async (alone) => {
      asked.push(alone);
      return report;
    });
    expect(asked).to.deep.equal([{ ...request, path: '7:0:1', runs: 1 }]);
    expect(again).to.deep.equal(asked[0]);
  });

  it('has all cases up to it when the earlier ones are needed', async () => {
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
