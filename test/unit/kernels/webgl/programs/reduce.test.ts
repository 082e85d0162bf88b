import { type Extent, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import type { ReduceOp } from '../../../../../kernels/webgl/programs/reduce.js';
import { sweptTile } from '../../../../../kernels/webgl/programs/sweep.js';
import { tiles } from '../../../../support/glsl/glslTensors.js';
import { drawOne, expectDrawn, extent, wholeNumbers } from './drawOne.js';
import { axesText, someAxes, sweptExtent, sweptGroups } from './someAxes.js';

const extents = [extent(1, 3, 7, 3), extent(2, 9, 5, 9), extent(3, 1, 1, 17)];

const DIVISOR = 4;

const ops: Record<ReduceOp, (values: readonly number[]) => number> = {
  sum: (values) => values.reduce((a, b) => a + b) / DIVISOR,
  prod: (values) => values.reduce((a, b) => a * b),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
};

/** Returns values whose results are exact: whole numbers, of which a product has few that are not 1. */
function valuesFor(op: ReduceOp, from: Extent): Float32Array {
  if (op !== 'prod') return wholeNumbers(from, 'x', op === 'sum' ? 0 : 0.01).map((v) => v - 20);
  return wholeNumbers(from, 'x').map((v, i) => (i % 41 === 0 ? v + 2 : i % 7 === 0 ? -1 : 1));
}

describe('programs that reduce tensors, run in Node', () => {
  for (const op of Object.keys(ops) as ReduceOp[]) {
    for (const tile of tiles) {
      it(`compute ${op} of tiles ${tileName(tile)}`, () => {
        for (const from of extents) {
          const x = valuesFor(op, from);
          for (const over of someAxes) {
            const wanted = sweptGroups(x, from, over).map(ops[op]);
            const spec = { family: 'reduce', op, in: tile, over } as const;
            const lying = { extent: sweptExtent(from, over), tile: sweptTile(tile, over) };
            const drawn = drawOne(spec, x, { extent: from, tile }, lying, { divisor: DIVISOR });
            expectDrawn(drawn, wanted, lying, `${JSON.stringify(from)} over ${axesText(over)}`);
          }
        }
      });
    }
  }
});
