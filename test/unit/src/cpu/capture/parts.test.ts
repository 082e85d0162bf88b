/** Tests of steps that are done part by part: the order of runs, and what parts must not mix. */
import { expect } from 'chai';
import type { Microkernels } from '../../../../../kernels/cpu/shared/functions.js';
import type { DivisibleWork } from '../../../../../kernels/cpu/shared/work.js';
import { inParts } from '../../../../../src/cpu/capture/parts.js';

type Run = readonly [name: string, from: number, count: number];
type Steps = Parameters<typeof inParts>[0];
type Do = (from: number, count: number) => void;

const micro = {} as Microkernels;

/** Functions that do works instead of microkernels. */
const doing = new WeakMap<object, Do>();

function stepOf(run: Do, more: Partial<DivisibleWork>): Steps[number] {
  const work: DivisibleWork = {
    ...{ length: 5000, grain: 1, y: 0, whole: [], effort: 1, blocks: [], ...more },
    call: () => ['unary'],
  };
  doing.set(work, run);
  return { does: { micro, work } };
}

/** Does steps in parts, as threads do. */
function doAll(steps: Steps): void {
  for (const item of inParts(steps)) {
    if (typeof item === 'function') {
      item();
      continue;
    }
    const { works, part } = item;
    const [{ length }] = works;
    const units = works.length > 1 ? part : length;
    for (let from = 0; from < length; from += units) {
      for (const work of works) doing.get(work)?.(from, Math.min(units, length - from));
    }
  }
}

/** Makes steps that note their runs. */
function noting() {
  const runs: Run[] = [];
  const step = (name: string) => ({ does: () => void runs.push([name, 0, 0]) });
  const work = (name: string, more: Partial<DivisibleWork> = {}) =>
    stepOf((from, count) => void runs.push([name, from, count]), {
      ...{ y: 64 * name.charCodeAt(0), ...more },
    });
  return { runs, step, work };
}

function runsOf(make: (made: ReturnType<typeof noting>) => Steps): Run[] {
  const made = noting();
  doAll(make(made));
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
      const run: Do = (from, count) => {
        for (let i = from; i < from + count; i++) {
          memory[y + i] = memory[a + i] * 0.5 + memory[b + (row === null ? i : i % row)];
        }
      };
      const whole = row === null ? [] : [b];
      return { run, step: stepOf(run, { length, grain: row ?? 1, y, whole }) };
    };
    const steps = [
      add(0, 32_800, 8200, 41),
      add(8200, 0, 16_400, null),
      // The first operand is no longer needed, so its block is the result's.
      add(16_400, 8200, 0, null),
      add(0, 16_400, 24_600, 100),
      add(24_600, 0, 8200, null),
    ];
    for (const { run } of steps) run(0, length);
    const wanted = memory.slice();
    memory.set(values);
    doAll(steps.map(({ step }) => step));
    expect(memory).to.deep.equal(wanted);
  });
});
