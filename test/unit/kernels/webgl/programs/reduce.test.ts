import type { Axes } from '../../../../../kernels/webgl/layout/axes.js';
import { type Extent, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import type { ReduceOp } from '../../../../../kernels/webgl/programs/reduce.js';
import { sweptTile } from '../../../../../kernels/webgl/programs/sweep.js';
import { places, tiles } from '../../../../support/glsl/glslTensors.js';
import { drawOne, expectDrawn, extent, wholeNumbers } from './drawOne.js';
import { axesText, someAxes } from './someAxes.js';

const extents = [extent(1, 3, 7, 3), extent(2, 9, 5, 9), extent(3, 1, 1, 17)];

const DIVISOR = 4;

const ops: Record<ReduceOp, (values: readonly number[]) => number> = {
  sum: (values) => values.reduce((a, b) => a + b) / DIVISOR,
  prod: (values) => values.reduce((a, b) => a * b),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
};

function sweptExtent(from: Extent, over: Axes): Extent {
  const sizes = Object.entries(from).map(([axis, size]) => [axis, over[axis as keyof Axes] ? 1 : size]);
  return Object.fromEntries(sizes) as Extent;
}

/** Returns the values of x at each place of the result, in the order of its data. */
function groups(x: ArrayLike<number>, from: Extent, over: Axes): number[][] {
  const to = sweptExtent(from, over);
  const result: number[][] = [];
  for (const { n, y, x: column, channel, flat } of places(from)) {
    const row = (over.batch ? 0 : n) * to.height + (over.height ? 0 : y);
    const pixel = row * to.width + (over.width ? 0 : column);
    const index = pixel * to.channels + (over.channels ? 0 : channel);
    result[index] ??= [];
    result[index].push(x[flat]);
  }
  return result;
}

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
            const wanted = groups(x, from, over).map(ops[op]);
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
