import { tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { sweptTile } from '../../../../../kernels/webgl/programs/sweep.js';
import { tiles } from '../../../../support/glsl/glslTensors.js';
import { drawOne, expectDrawn, extent, wholeNumbers } from './drawOne.js';
import { axesText, oneAxis, sweptExtent, sweptGroups } from './someAxes.js';

const extents = [extent(1, 3, 7, 3), extent(2, 9, 5, 9), extent(3, 1, 1, 17)];

/** Returns the place that stock's cpu kernel finds. */
function placeOf(values: readonly number[], op: 'max' | 'min'): number {
  let best = 0;
  for (const [i, value] of values.entries()) {
    if (op === 'max' ? value > values[best] : value < values[best]) best = i;
  }
  return best;
}

describe('programs that find the largest and smallest values, run in Node', () => {
  for (const op of ['max', 'min'] as const) {
    for (const tile of tiles) {
      it(`compute the place of the ${op} in tiles ${tileName(tile)}`, () => {
        for (const from of extents) {
          const x = wholeNumbers(from, 'x', 0.05).map((v, i) => (i % 17 === 0 ? v / 0 : v - 20));
          for (const over of oneAxis) {
            const wanted = sweptGroups(x, from, over).map((values) => placeOf(values, op));
            const spec = { family: 'argReduce', op, in: tile, over } as const;
            const lying = { extent: sweptExtent(from, over), tile: sweptTile(tile, over) };
            const drawn = drawOne(spec, x, { extent: from, tile }, lying, {});
            expectDrawn(drawn, wanted, lying, `${JSON.stringify(from)} over ${axesText(over)}`);
          }
        }
      });
    }
  }
});
