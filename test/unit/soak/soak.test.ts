/** Tests of the soak's command line, and of what it counts as a fault. */
import { expect } from 'chai';
import { UsageError } from '../../../scripts/lib/errors.js';
import { heapFault, heapTrend } from '../../soak/heap.js';
import {
  answerFault,
  bitsFault,
  errorOf,
  holdingsFault,
  stepsTaken,
  tolerance,
} from '../../soak/judge.js';
import { mishapNames } from '../../soak/mishaps.js';
import { readSoakOptions } from '../../soak/options.js';
import { faultsOf, leastLosses, type SoakResult } from '../../soak/result.js';
import { soakText } from '../../soak/text.js';

describe('soak: command line', () => {
  const fault = (...argv: string[]): string => {
    try {
      readSoakOptions(argv);
    } catch (error) {
      expect(error).to.be.instanceOf(UsageError);
      return (error as Error).message;
    }
    throw new Error(`${argv.join(' ')} was taken`);
  };

  it('takes an hour unless told otherwise', () => {
    expect(readSoakOptions(['--seed', '3'])).to.deep.equal({
      minutes: 60,
      browser: 'swiftshader',
      seed: 3,
    });
    expect(readSoakOptions(['--minutes', '0.5'])?.minutes).to.equal(0.5);
  });

  it('names the option, the value and what would be right', () => {
    for (const minutes of ['0', '0.0', '-3', 'long', '1e3', '1441', 'Infinity']) {
      expect(fault('--minutes', minutes)).to.equal(
        `--minutes is "${minutes}"; it must be a number above 0, such as 3 or 0.5, up to 1440`,
      );
    }
    expect(fault('--seed', '1.5')).to.match(/^--seed is "1.5"; it must be a whole number up to/);
    expect(fault('--browser', 'node')).to.match(/^--browser is "node"; .* swiftshader, llvmpipe/);
    expect(fault('3')).to.match(/^argument "3" is unknown; options: --minutes/);
  });
});

describe('soak: verdict', () => {
  const good: SoakResult = {
    device: { renderer: 'a renderer', userAgent: '' },
    nets: ['a', 'b'],
    ms: 180_000,
    predictions: 200,
    turns: 40,
    struck: Object.fromEntries(mishapNames.map((name) => [name, 2])) as SoakResult['struck'],
    losses: 12,
    survived: 12,
    refusals: { ContextLostError: 9 },
    captures: {
      made: 9,
      recorded: 8,
      atEnd: 7,
      replays: 60,
      eager: 50,
      refused: { 'it is late': 1 },
      dropped: { 'the context was lost': 5 },
    },
    wrong: [],
    leaks: [],
    failures: [],
    events: ['turn 0 (idle): a, b'],
    worst: 1e-6,
    heap: { middle: 10, last: 11, perLoss: 0.125 },
    peakGpuBytes: 2 ** 27,
  };

  it('requires ten losses in three minutes, and accepts exactly that', () => {
    expect([leastLosses(3), leastLosses(60), leastLosses(0.2)]).to.deep.equal([10, 200, 0]);
    expect(faultsOf(good, 3)).to.deep.equal([]);
    expect(faultsOf(good, 4)).to.deep.equal(['only 12 losses in 4 minutes; it must be 13']);
  });

  const faults: [Partial<SoakResult>, RegExp][] = [
    [{ wrong: ['a is 1 off'] }, /^wrong: a is 1 off$/],
    [{ leaks: ['1 tensors more'] }, /^leak: 1 tensors more$/],
    [{ failures: ['b: TypeError: x'] }, /^failure: b: TypeError: x$/],
    [{ captures: { ...good.captures, replays: 0 } }, /^none of 9 captures was used$/],
    [{ survived: 11 }, /^1 of 12 losses were not survived$/],
    [{ struck: { ...good.struck, idle: 0, reload: 0 } }, /^never struck: idle, reload$/],
  ];
  for (const [change, line] of faults) {
    it(`rejects a run with ${JSON.stringify(change)}`, () => {
      const [only, ...more] = faultsOf({ ...good, ...change }, 3);
      expect(only).to.match(line);
      expect(more).to.deep.equal([]);
    });
  }

  it('is printed in words, with the sum last', () => {
    const request = { minutes: 3, browser: 'llvmpipe', seed: 5 } as const;
    const text = soakText({ ...good, heap: null }, request);
    expect(text).to.match(/contexts lost {4}12, survived 12\nturns {12}40 \(idle 2, input 2, /);
    expect(text).to.contain(
      'captures         9, 8 recorded at first, 7 at the end of the turn; 60',
    );
    expect(text).to.contain(
      'captures refused it is late 1\nrecordings lost  the context was lost 5',
    );
    expect(text).to.contain('heap             too few turns to say');
    expect(text).to.not.contain('turn 0');
    expect(text.split('\n').at(-1)).to.equal(
      'soak of 3 min (llvmpipe, seed 5): 200 predictions, 12 losses survived, 0 wrong, 0 leaks, ' +
        '0 failures',
    );
    expect(soakText(good, request)).to.contain(
      '10.0 MiB in the middle third, 11.0 in the last: 0.125',
    );
    expect(soakText({ ...good, wrong: ['a'] }, request)).to.match(
      /^the last turns:\n {2}turn 0 \(idle\): a, b\nwrong: a\n/,
    );
  });
});

describe('soak: judge', () => {
  it('measures answers, and accepts none that cannot be measured', () => {
    expect(errorOf([[1, 2.00002]], [[1, 2]])).to.be.closeTo(1e-5, 1e-9);
    const unlike = [[[1, 2, 3]], [[1, Number.NaN]], [[1, 2], [3]], []];
    for (const answers of unlike) expect(errorOf(answers, [[1, 2]])).to.equal(Infinity);
    expect([answerFault(tolerance), answerFault(0)]).to.deep.equal([null, null]);
    expect(answerFault(2.1e-5)).to.equal('2.1e-5 off the reference');
    expect(answerFault(Number.NaN)).to.equal('NaN off the reference');
  });

  it('compares bits', () => {
    expect(bitsFault([[0, Number.NaN]], [[0, Number.NaN]])).to.equal(null);
    expect(bitsFault([[1], [-0]], [[1], [0]])).to.match(/^array 1 has .*0 at 0, not 0$/);
    expect(bitsFault([[1]], [[1], [0]])).to.equal('1 arrays, not 2');
    expect(bitsFault([[1, 2]], [[1]])).to.equal('array 0 has 2 values, not 1');
  });

  it('reports a count that is missing, new or smaller as a change', () => {
    expect(holdingsFault({ a: 1, b: 2 }, { b: 2, a: 1 })).to.equal(null);
    expect(holdingsFault({ a: 0, c: 3 }, { a: 1, b: 2 })).to.equal(
      '0 a, not 1; 0 b, not 2; 3 c, not 0',
    );
  });

  it('ignores fallbacks that a device may take at any time', () => {
    expect(stepsTaken({ a: 5, b: 1, c: 2 }, { a: 4, c: 2 }, { a: 1 })).to.deep.equal(['b']);
  });

  it('reports a heap that grows with the losses, once there are enough turns', () => {
    const samples = Array.from({ length: 30 }, (_, i) => ({ mib: 10 + i / 4, losses: 2 * i }));
    expect(heapTrend(samples)).to.deep.equal({ middle: 12.5, last: 15, perLoss: 0.125 });
    expect(heapFault({ middle: 10, last: 42, perLoss: 1 })).to.equal(null);
    expect(heapFault({ middle: 10, last: 43, perLoss: 1 })).to.equal(
      'the heap grew by 33 MiB, 1.00 for each lost context',
    );
    expect(heapTrend(samples.slice(0, 23))).to.equal(null);
    expect(heapTrend(samples.map(({ mib }) => ({ mib, losses: 4 })))).to.equal(null);
  });
});
