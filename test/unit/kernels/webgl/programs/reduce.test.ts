import { tileName } from '../../../../../kernels/webgl/layout/tile.js';
import type { ReduceOp } from '../../../../../kernels/webgl/programs/reduce.js';
import { places, tiles } from '../../../../support/glsl/glslTensors.js';
import { drawOne, expectDrawn, extent, valueAt, wholeNumbers } from './drawOne.js';

const extents = [extent(1, 3, 7, 3), extent(2, 9, 5, 9), extent(3, 1, 1, 17)];

describe('programs that reduce images, run in Node', () => {
  for (const op of ['sum', 'max'] as ReduceOp[]) {
    for (const tile of tiles) {
      for (const rowsOfAStep of [1, 2, 9]) {
        it(`compute ${op} of ${rowsOfAStep} rows of tiles ${tileName(tile)}`, () => {
          for (const from of extents) {
            const x = wholeNumbers(from, 'x', op === 'max' ? 0.01 : 0).map((v) => v - 20);
            const lines = rowsOfAStep * tile.h;
            const to = { ...from, height: Math.ceil(from.height / lines), width: 1 };
            const wanted = [...places(to)].map(({ n, y, channel }) => {
              const values: number[] = [];
              for (let line = y * lines; line < (y + 1) * lines; line++) {
                for (let column = 0; column < from.width; column++) {
                  const value = valueAt(x, from, n, line, column, channel);
                  if (value !== undefined) values.push(value);
                }
              }
              return op === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b) / 4;
            });
            const spec = { family: 'reduce', op, in: tile } as const;
            const lying = { extent: to, tile: { w: 1, h: 1, c: tile.c } };
            const uniforms = { rowsOfAStep, divisor: 4 };
            const drawn = drawOne(spec, x, { extent: from, tile }, lying, uniforms);
            expectDrawn(drawn, wanted, lying, JSON.stringify(from));
          }
        });
      }
    }
  }
});
