/** Tests of steps that are done part by part: the order of runs, and what parts must not mix. */
import { expect } from 'chai';
import { type DivisibleWork, inParts } from '../../../../../src/cpu/capture/parts.js';

type Run = readonly [name: string, from: number, count: number];

/** Makes steps that note their runs. */
function noting() {
  const runs: Run[] = [];
  const step = (name: string) => ({
    divisible: null,
    run: () => void runs.push([name, 0, 0]),
  });
  const work = (name: string, more: Partial<DivisibleWork> = {}) => {
    const divisible: DivisibleWork = {
      ...{ length: 5000, grain: 1, y: 64 * name.charCodeAt(0), whole: [], ...more },
      run: (from, count) => void runs.push([name, from, count]),
    };
    return { divisible, run: () => divisible.run(0, divisible.length) };
  };
  return { runs, step, work };
}

function runsOf(make: (made: ReturnType<typeof noting>) => Parameters<typeof inParts>[0]): Run[] {
  const made = noting();
  for (const run of inParts(make(made))) run();
  return made.runs;
}

describe('steps in parts', () => {
  it('do all steps of a part before the next part', () => {
    expect(runsOf(({ work }) => [work('a'), work('b')])).to.deep.equal([
      ['a', 0, 4096],
      ['b', 0, 4096],
      ['a', 4096, 904],
      ['b', 4096, 904],
    ]);
  });

  it('do a step alone as a whole', () => {
    expect(runsOf(({ work, step }) => [work('a'), step('b'), work('c')])).to.deep.equal([
      ['a', 0, 5000],
      ['b', 0, 0],
      ['c', 0, 5000],
    ]);
  });

  it('cut at whole rows of all steps', () => {
    const runs = runsOf(({ work }) => [work('a', { grain: 6 }), work('b', { grain: 10 })]);
    expect(runs[0]).to.deep.equal(['a', 0, 4080]);
    expect(runs.map(([, from]) => from % 30)).to.deep.equal(runs.map(() => 0));
    expect(runs.filter(([name]) => name === 'b').reduce((sum, [, , n]) => sum + n, 0)).to.equal(
      5000,
    );
  });

  for (const [what, second] of [
    ['have other lengths', { length: 4999 }],
    ['read as a whole what the group writes', { whole: [64 * 97] }],
    ['have rows that fit in no part', { grain: 16_385 }],
  ] as const) {
    it(`are apart if they ${what}`, () => {
      const names = runsOf(({ work }) => [work('a'), work('b', second)]).map(([name]) => name);
      expect(names).to.deep.equal(['a', 'b']);
    });
  }

  it('are apart if a step writes what the group still reads as a whole', () => {
    const runs = runsOf(({ work }) => [work('a', { whole: [640] }), work('b', { y: 640 })]);
    expect(runs.map(([name]) => name)).to.deep.equal(['a', 'b']);
  });

  it('compute what steps in a row compute, when blocks are used again', () => {
    const memory = new Float64Array(33_000).map((_, i) => Math.sin(i));
    const values = memory.slice();
    const length = 8200;
    /** Adds two operands of the memory, of which the second may be one row for all. */
    const add = (a: number, b: number, y: number, row: number | null) => {
      const run = (from: number, count: number) => {
        for (let i = from; i < from + count; i++) {
          memory[y + i] = memory[a + i] * 0.5 + memory[b + (row === null ? i : i % row)];
        }
      };
      const whole = row === null ? [] : [b];
      return {
        divisible: { length, grain: row ?? 1, y, whole, run },
        run: () => run(0, length),
      };
    };
    const steps = [
      add(0, 32_800, 8200, 41),
      add(8200, 0, 16_400, null),
      // The first operand is no longer needed, so its block is the result's.
      add(16_400, 8200, 0, null),
      add(0, 16_400, 24_600, 100),
      add(24_600, 0, 8200, null),
    ];
    for (const { run } of steps) run();
    const wanted = memory.slice();
    memory.set(values);
    for (const run of inParts(steps)) run();
    expect(memory).to.deep.equal(wanted);
  });
});
