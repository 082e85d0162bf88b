/** Tests of the progress of programs that compile side by side, in a fake context. */
import { expect } from 'chai';
import { compilationOf } from '../../../../../src/webgl/context/compileAhead.js';

const COMPLETION_STATUS_KHR = 0x91b1;
const LINK_STATUS = 0x8b82;

/**
 * Makes programs with the context's answer for each, and records each query that blocks.
 * @param none index of the program that the context fails to create
 */
function contextOf(hasExtension: boolean, answers: (boolean | null)[], none = -1) {
  const waits: number[] = [];
  let isLost = false;
  const gl = {
    LINK_STATUS,
    getExtension: (name: string) =>
      hasExtension && name === 'KHR_parallel_shader_compile' ? { COMPLETION_STATUS_KHR } : null,
    getProgramParameter(program: { i: number }, what: number) {
      if (what === COMPLETION_STATUS_KHR) return answers[program.i];
      expect(what).to.equal(LINK_STATUS);
      waits.push(program.i);
      return true;
    },
    isContextLost: () => isLost,
  };
  const begun: number[] = [];
  const programs = answers.map((_, i) => () => {
    begun.push(i);
    if (i === none) throw new Error('the context gives no program');
    return { i };
  });
  return {
    begun,
    waits,
    answers,
    lose: () => {
      isLost = true;
    },
    compilation: compilationOf(gl as never, programs as never, () => {}),
  };
}

describe('programs that are being compiled', () => {
  it('are counted as ready when the browser says so, without waiting for any', () => {
    const { answers, begun, compilation, waits } = contextOf(true, [false, false, false]);
    expect(begun).to.deep.equal([0, 1, 2]);
    expect([compilation.total, compilation.ready()]).to.deep.equal([3, 0]);
    answers[1] = true;
    expect(compilation.ready()).to.equal(1);
    answers[0] = true;
    answers[2] = true;
    expect(compilation.ready()).to.equal(3);
    expect(waits).to.deep.equal([]);
  });

  it('are not waited for once they are deleted', () => {
    const { answers, compilation } = contextOf(true, [false, false]);
    answers[0] = null;
    expect(compilation.ready()).to.equal(1);
  });

  it('are compiled one by one when the browser does not report progress', () => {
    const { begun, compilation, waits } = contextOf(false, [false, false, false]);
    for (const i of [1, 2, 3]) {
      expect(begun.length).to.equal(i - 1);
      expect(compilation.ready()).to.equal(i);
      expect(waits.length).to.equal(i);
    }
    expect(compilation.ready()).to.equal(3);
    expect(waits).to.deep.equal([0, 1, 2]);
  });

  it('count as ready, without a wait, when the context cannot create them', () => {
    for (const hasExtension of [true, false]) {
      const { compilation, waits } = contextOf(hasExtension, [true, true], 0);
      while (compilation.ready() < 2);
      expect(waits).to.deep.equal(hasExtension ? [] : [1]);
    }
  });

  it('are all counted as ready when the context is lost', () => {
    for (const hasExtension of [true, false]) {
      const { compilation, lose, waits } = contextOf(hasExtension, [false, false]);
      lose();
      expect(compilation.ready()).to.equal(2);
      expect(waits).to.deep.equal([]);
    }
  });
});
