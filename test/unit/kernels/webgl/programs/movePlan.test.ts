/** Tests of plans of moves: what they fetch, and when they are made. */
import { expect } from 'chai';
import type { Fetch } from '../../../../../kernels/webgl/layout/indexMap.js';
import { extentOf, type Placement, tileLayout } from '../../../../../kernels/webgl/layout/tile.js';
import { speltAxes } from '../../../../../kernels/webgl/programs/moveLines.js';
import { type Move, movePlan } from '../../../../../kernels/webgl/programs/movePlan.js';
import { tile } from '../../../../support/glsl/glslTensors.js';

function placed(shape: readonly number[]): Placement {
  return { layout: tileLayout(extentOf(shape, 'NHWC'), tile(4, 2, 1), 2048)!, format: 'NHWC' };
}

/** Moves the channels of an image, whose axis is split into two. */
function channels(groups: number, of: number, rule: Move['rule'], outShape: number[]): Move {
  return { key: [`${rule}`], shape: [1, 4, 8, groups, of], outShape, rule };
}

function planOf(move: Move) {
  const [batch, height, width, ...last] = move.outShape;
  const count = last.reduce((a, b) => a * b);
  const from = [batch, height, width, move.shape.slice(3).reduce((a, b) => a * b)];
  return movePlan(placed(from), placed([batch, height, width, count]), move);
}

const exchanged: Move['rule'] = (_, [n, y, x, a, b]) => [n, y, x, b, a];

const shuffle = (groups: number, of: number) =>
  channels(groups, of, exchanged, [1, 4, 8, of, groups]);

describe('plans of moves', () => {
  const cases: [name: string, move: Move, fetch: Fetch][] = [
    ['two groups of an even number of channels', shuffle(2, 58), [0, 1, 0, 1]],
    ['two groups of an odd number of channels', shuffle(2, 5), [0, 1, 0, 3]],
    ['four groups', shuffle(4, 8), [0, 1, 2, 3]],
    ['one channel of each group', shuffle(8, 1), 'texel'],
    ['three groups', shuffle(3, 4), 'lanes'],
    ['two groups, repeated', channels(2, 8, exchanged, [1, 4, 8, 8, 2]), [0, 1, 0, 1]],
    [
      'every other channel, from a multiple of four',
      channels(
        1,
        64,
        (map, [n, y, x, , c]) => [n, y, x, -1, map.sum(8, [[c, 2]])],
        [1, 4, 8, 1, 8],
      ),
      [0, 0, 2, 2],
    ],
    [
      'channels from any on',
      channels(
        1,
        64,
        (map, [n, y, x, , c]) => [n, y, x, -1, map.sum(6, [[c, 1]])],
        [1, 4, 8, 1, 8],
      ),
      'run',
    ],
    [
      'channels from a multiple of four on',
      channels(
        1,
        64,
        (map, [n, y, x, , c]) => [n, y, x, -1, map.sum(8, [[c, 1]])],
        [1, 4, 8, 1, 8],
      ),
      'texel',
    ],
  ];
  for (const [name, move, fetch] of cases) {
    it(`fetch each texel once: ${name}`, () => {
      const { spec } = planOf(move);
      expect(spec.fetch).to.deep.equal(fetch);
      expect(speltAxes(spec)).to.deep.equal(['px', 'py']);
    });
  }

  it('of other pixels look for them', () => {
    const move = { key: [], shape: [1, 4, 8, 4], outShape: [1, 8, 4, 4] };
    const rule: Move['rule'] = (_, [n, y, x, c]) => [n, x, y, c];
    const { spec } = movePlan(placed(move.shape), placed(move.outShape), { ...move, rule });
    expect(spec.fetch).to.equal('texel');
    expect(speltAxes(spec)).to.deep.equal([]);
  });

  it('are made once for the same move of the same tensors', () => {
    const plan = planOf(shuffle(2, 6));
    expect(planOf(shuffle(2, 6))).to.equal(plan);
    expect(planOf(shuffle(6, 2))).to.not.equal(plan);
    expect(planOf({ ...shuffle(2, 6), key: ['other'] })).to.not.equal(plan);
  });
});
