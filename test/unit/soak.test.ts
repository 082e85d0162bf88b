/** The soak's command line, and what it takes for a fault. */
import { expect } from 'chai';
import { UsageError } from '../../scripts/lib/errors.js';
import { readSoakOptions } from '../../scripts/soak/options.js';
import { faultsOf, leastLosses, type SoakResult } from '../../scripts/soak/result.js';
import { soakText } from '../../scripts/soak/text.js';

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
    losses: { idle: 3, input: 3, drawing: 3, reading: 3 },
    survived: 12,
    squeezes: 1,
    refusedTextures: 2,
    reloads: 3,
    refusals: { ContextLostError: 9 },
    wrong: [],
    leaks: [],
    failures: [],
    worst: 1e-6,
    heap: [10, 11],
    peakGpuBytes: 2 ** 27,
  };

  it('asks for ten losses in three minutes, and finds no fault in that', () => {
    expect([leastLosses(3), leastLosses(60), leastLosses(0.2)]).to.deep.equal([10, 200, 0]);
    expect(faultsOf(good, 3)).to.deep.equal([]);
    expect(faultsOf(good, 4)).to.deep.equal(['only 12 losses in 4 minutes; it must be 13']);
  });

  const faults: [Partial<SoakResult>, RegExp][] = [
    [{ wrong: ['a is 1 off'] }, /^wrong answer: a is 1 off$/],
    [{ leaks: ['1 tensors more'] }, /^leak: 1 tensors more$/],
    [{ failures: ['b: TypeError: x'] }, /^failure: b: TypeError: x$/],
    [{ survived: 11 }, /^1 of 12 losses were not survived$/],
  ];
  for (const [change, line] of faults) {
    it(`finds fault with ${JSON.stringify(change)}`, () => {
      const [only, ...more] = faultsOf({ ...good, ...change }, 3);
      expect(only).to.match(line);
      expect(more).to.deep.equal([]);
    });
  }

  it('is told in words, the sum last', () => {
    const text = soakText({ ...good, heap: null }, { minutes: 3, browser: 'llvmpipe', seed: 5 });
    expect(text).to.match(/contexts lost {4}12 \(idle 3, input 3, drawing 3, reading 3\)/);
    expect(text).to.contain('heap             unknown');
    expect(text.split('\n').at(-1)).to.equal(
      'soak of 3 min (llvmpipe, seed 5): 200 predictions, 12 losses survived, 0 wrong, 0 leaks, ' +
        '0 failures',
    );
  });
});
