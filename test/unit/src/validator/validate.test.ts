import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import {
  type CaseResult,
  countResults,
  isFailure,
  isUnexpected,
  outcomeOf,
  parseCaseId,
  readJson,
  validate,
  writeJson,
} from '../../../../src/validator/index.js';
import { type Bug, plant, uproot } from '../../../support/plantedBackend.js';
import { bugs } from '../../../support/plantedBugs.js';

const ONE = parseCaseId('conv2d:in=1x5x5x2;f=3x3x2x4;stride=1;pad=same;dil=1;fmt=NHWC;seed=1');
const OTHER = { ...ONE, seed: 2 };
const none: Bug = () => (_call, right) => right();
const throwing: Bug = () => () => {
  throw new Error('no\nway');
};

describe('validate', () => {
  const planted: string[] = [];
  const give = (name: string, bug: Bug) => {
    plant(name, bug);
    planted.push(name);
  };
  afterEach(async () => {
    await tf.setBackend('cpu');
    for (const name of planted.splice(0)) uproot(name);
  });

  const one = async (own: Bug, stock: Bug): Promise<CaseResult> => {
    give('own', own);
    give('stock', stock);
    return (await validate({ backend: 'own', reference: ['stock'], cases: [ONE] }))[0];
  };
  const wrong = bugs['last row dropped'];

  it('tells whether the backend or a reference is wrong', async () => {
    const parties = [
      [none, none, 'pass'],
      [wrong, none, 'backendWrong'],
      [none, wrong, 'stockWrong'],
      [wrong, wrong, 'bothWrong'],
    ] as const;
    for (const [own, stock, verdict] of parties) {
      const result = await one(own, stock);
      expect(result.verdict).to.equal(verdict);
      expect((result.error ?? 0) > 1).to.equal(own === wrong);
      expect((result.stockError.stock ?? 0) > 1).to.equal(stock === wrong);
      expect(result.first === null).to.equal(own === none);
      await tf.setBackend('cpu');
      for (const name of planted.splice(0)) uproot(name);
    }
  });

  it('reports in one line an error that only the backend throws', async () => {
    const result = await one(throwing, none);
    expect(result).to.include({ verdict: 'backendWrong', error: Infinity, first: null });
    expect(result.message).to.equal('throws no way');
  });

  it('skips what every backend refuses, with the reason', async () => {
    const result = await one(throwing, throwing);
    expect(result).to.include({ verdict: 'skipped', error: null });
    expect(result.message).to.equal('refused by every backend: no way');
  });

  it('skips a kernel that the backend does not have', async () => {
    give('own', none);
    tf.unregisterKernel('Conv2D', 'own');
    const [result] = await validate({ backend: 'own', reference: ['cpu'], cases: [ONE] });
    expect(result).to.include({ verdict: 'skipped' });
    expect(result.message).to.equal('the backend has no kernel Conv2D');
  });

  const kernel = parseCaseId('exp:in=2x3;from=conv;seed=1');
  const spoils: Bug = () => (call, right) => {
    const y = right();
    (call.backend.data.get(y.dataId).values as Float32Array)[4] = 7;
    return y;
  };

  it('skips a kernel on inputs that the backend does not make as the case says', async () => {
    give('own', spoils);
    const [result] = await validate({ backend: 'own', reference: ['cpu'], cases: [kernel] });
    expect(result).to.include({ verdict: 'skipped', error: null, family: 'unary' });
    expect(result.message).to.match(/^the backend makes other inputs: from=conv makes .* of x 7$/);
  });

  it('ignores a reference that does not make the inputs', async () => {
    give('stock', spoils);
    const [result] = await validate({ backend: 'cpu', reference: ['stock'], cases: [kernel] });
    expect(result).to.include({ verdict: 'pass' });
    expect(result.stockError).to.deep.equal({ stock: null });
  });

  it('has no bound for half floats in other kernels than convolutions', async () => {
    const refusal = await validate({ backend: 'cpu', cases: [kernel], precision: 'half' }).then(
      () => '',
      ({ message }: Error) => message,
    );
    expect(refusal).to.equal('There is no bound for half floats in exp, only in convolutions.');
  });

  it('ignores a reference that does not have the kernel', async () => {
    give('stock', none);
    tf.unregisterKernel('Conv2D', 'stock');
    const [result] = await validate({ backend: 'cpu', reference: ['stock'], cases: [ONE] });
    expect(result).to.include({ verdict: 'pass' });
    expect(result.stockError).to.deep.equal({ stock: null });
  });

  it('reports a wrong shape even when the values are right', async () => {
    const result = await one(bugs['one column too few'], none);
    expect(result.message).to.equal('shape [1,5,4,4] of 80 values instead of [1,5,5,4]');
  });

  it('reports tensors that are left behind', async () => {
    const leaking: Bug = () => (_call, right) => {
      tf.keep(tf.scalar(1));
      return right();
    };
    const result = await one(leaking, none);
    expect(result.verdict).to.equal('backendWrong');
    expect(result.message).to.match(/^leaves 2 tensors more, 2 data buffers more, .* behind; all/);
  });

  it('runs every variant that takes the case, and restores automatic choice', async () => {
    const forced: (string | null)[] = [];
    let variant: string | null = null;
    give('own', () => (_call, right) => {
      if (variant === 'picky') throw new RangeError('picky does not take this');
      return right();
    });
    const results = await validate({
      backend: 'own',
      cases: [ONE],
      variants: {
        names: ['picky', 'general'],
        force: (name) => {
          variant = name;
          forced.push(name);
        },
        isRefusal: (error) => error instanceof RangeError,
      },
    });
    expect(results.map((r) => [r.variant, r.verdict])).to.deep.equal([
      [null, 'pass'],
      ['general', 'pass'],
    ]);
    expect(forced.at(-1)).to.equal(null);
  });

  it('stops when its signal aborts, with the results so far', async () => {
    const stop = new AbortController();
    const results = await validate({
      backend: 'cpu',
      cases: [ONE, OTHER],
      signal: stop.signal,
      onResult: () => stop.abort(),
    });
    expect(results).to.have.length(1);
  });

  it('leaves the active backend as it was', async () => {
    await tf.setBackend('cpu');
    await validate({ backend: 'tiled-cpu', cases: [ONE] });
    expect(tf.getBackend()).to.equal('cpu');
  });

  const refused = {
    'There is no case to validate.': { backend: 'cpu', cases: [] },
    'Backend "cup" is not registered with tfjs.': { backend: 'cup', cases: [ONE] },
    'Backend "wgl" is not registered with tfjs.': {
      backend: 'cpu',
      reference: ['wgl'],
      cases: [ONE],
    },
  };
  for (const [message, options] of Object.entries(refused)) {
    it(`refuses: ${message}`, async () => {
      const error = await validate(options).then(
        () => null,
        (e: Error) => e,
      );
      expect(error?.message).to.equal(message);
    });
  }
});

describe('results', () => {
  const result = (verdict: CaseResult['verdict']) => ({ id: verdict, verdict }) as CaseResult;

  it('are counted by verdict, with expected failures apart', () => {
    const all = (['pass', 'backendWrong', 'stockWrong', 'bothWrong', 'skipped'] as const).map(
      result,
    );
    expect(countResults(all)).to.deep.equal({
      pass: 1,
      backendWrong: 1,
      stockWrong: 1,
      bothWrong: 1,
      skipped: 1,
      xfail: 0,
      xpass: 0,
    });
    const marked = all.map((one, i): CaseResult => {
      const outcome = isFailure(one.verdict) ? 'xfail' : 'xpass';
      return i % 2 === 0 ? one : { ...one, expectation: { outcome, reason: 'known' } };
    });
    expect(marked.map(outcomeOf)).to.deep.equal([
      'pass',
      'xfail',
      'stockWrong',
      'xfail',
      'skipped',
    ]);
    expect(countResults(marked)).to.include({ pass: 1, xfail: 2, backendWrong: 0, skipped: 1 });
    expect(marked.filter(isUnexpected)).to.deep.equal([]);
    expect(all.filter(isUnexpected)).to.deep.equal([all[1], all[3]]);
  });

  it('survive JSON, including numbers that are not finite', () => {
    const value = { error: Infinity, first: { actual: NaN, expected: -Infinity, at: [0] } };
    expect(writeJson(value)).to.contain('"error":"Infinity"');
    expect(readJson(writeJson(value))).to.deep.equal(value);
  });
});
