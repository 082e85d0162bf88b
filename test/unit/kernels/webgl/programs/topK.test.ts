/** Tests of the programs of TopK in Node: ranks within blocks, with ties, NaN and infinities. */
import { programText } from '../../../../../kernels/webgl/programs/index.js';
import { rowsTile } from '../../../../../kernels/webgl/programs/topK.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram } from '../../../../support/glsl/glslRun.js';
import { planesOf, smallLayout } from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import { drawOne, expectDrawn, extent, wholeNumbers } from './drawOne.js';

const SLICES = 2;
const KEPT = 3;

/** Returns the places of a block in descending order of the values, NaN last; of equal ones the first. */
function inOrder(block: readonly number[]): number[] {
  const key = (i: number) => (Number.isNaN(block[i]) ? Number.NEGATIVE_INFINITY : block[i]);
  return [...block.keys()].sort((a, b) => (key(a) === key(b) ? a - b : key(b) - key(a)));
}

describe('programs of TopK, run in Node', () => {
  const from = extent(2, 1, 1, 21);
  const x = wholeNumbers(from, 'x', 0.1).map((v, i) => (i % 7 === 0 ? v / 0 : v));
  const blocks = [0, 21].flatMap((row) =>
    [0, 8, 16].map((at) => [...x.slice(row + at, row + Math.min(21, at + 8))]),
  );
  const lying = { extent: from, tile: rowsTile };
  const block = { block: [SLICES, KEPT] };

  it('compute the rank of each value in its block, and list the first of all blocks', () => {
    const ranks = drawOne({ family: 'rank' }, x, lying, lying, block);
    const wanted = blocks.flatMap((of) => {
      const order = inOrder(of);
      return [...of.keys()].map((i) => order.indexOf(i));
    });
    expectDrawn(ranks, wanted, lying, 'ranks');

    const lists = { extent: { ...from, channels: 3 * KEPT }, tile: rowsTile };
    const own = smallLayout(from, rowsTile);
    const out = smallLayout(lists.extent, rowsTile);
    const uniforms = {
      ...block,
      ...named('ranks', layoutUniforms(own)),
      ...named('values', layoutUniforms(own)),
      ...named('out', layoutUniforms(out)),
    };
    const size = { width: out.texWidth, height: out.texHeight };
    const list = (of: 'places' | 'values') => {
      const textures = of === 'values' ? [...ranks, ...planesOf(x, own)] : ranks;
      return runProgram(programText({ family: 'ranked', of }), textures, uniforms, size);
    };
    const firstOf = (get: (of: readonly number[], i: number, start: number) => number) =>
      blocks.flatMap((of, number) =>
        inOrder(of)
          .slice(0, KEPT)
          .map((i) => get(of, i, 8 * (number % 3))),
      );
    expectDrawn(
      list('places'),
      firstOf((_, i, start) => start + i),
      lists,
      'places',
    );
    expectDrawn(
      list('values'),
      firstOf((of, i) => of[i]),
      lists,
      'values',
    );
  });
});
