import { expect } from 'chai';
import { rowParts } from '../../../../../kernels/webgl/layout/rowParts.js';
import { type Extent, type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { generalPoolPlan, poolPlan } from '../../../../../kernels/webgl/pool.js';
import type { PoolOp } from '../../../../../kernels/webgl/programs/pool.js';
import { stream } from '../../../../../src/validator/index.js';
import { places, tiles } from '../../../../support/glsl/glslTensors.js';
import { drawOne, expectDrawn, extent, valueAt, wholeNumbers } from './drawOne.js';

interface Pool {
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly dilationHeight: 1;
  readonly dilationWidth: 1;
}

/** Pools by the definition: a maximum skips NaN, and a window may cover no value. */
function reference(op: PoolOp, x: ArrayLike<number>, from: Extent, to: Extent, p: Pool): number[] {
  return [...places(to)].map(({ n, y, x: column, channel }) => {
    const covered: number[] = [];
    for (let fy = 0; fy < p.filterHeight; fy++) {
      for (let fx = 0; fx < p.filterWidth; fx++) {
        const iy = y * p.strideHeight + fy - p.padTop;
        const ix = column * p.strideWidth + fx - p.padLeft;
        const value = valueAt(x, from, n, iy, ix, channel);
        if (value !== undefined) covered.push(value);
      }
    }
    if (op === 'max') return Math.max(...covered.filter((v) => !Number.isNaN(v)));
    return covered.length === 0 ? 0 : covered.reduce((a, b) => a + b) / covered.length;
  });
}

function check(
  op: PoolOp,
  tile: Tile,
  p: Pool,
  from: Extent,
  to: Extent,
  longIn: number | null = null,
): void {
  const x = wholeNumbers(from, 'x', 0.05).map((v) => v - 20);
  const wanted = reference(op, x, from, to, p);
  const lying = { extent: to, tile };
  const rows = longIn === null ? null : rowParts(Math.ceil(from.width / tile.w), longIn);
  for (const { spec, uniforms } of [poolPlan(op, p, tile, rows), generalPoolPlan(op, p, tile)]) {
    const least = spec.family === 'pool' ? longIn : 'smallest';
    const drawn = drawOne(spec, x, { extent: from, tile }, lying, uniforms, [], least);
    const what = `${spec.family} ${op} in ${tileName(tile)} of ${JSON.stringify({ p, from, to })}`;
    expectDrawn(drawn, wanted, lying, what, { relative: 2 ** -22 });
  }
}

describe('pooling programs, run in Node', () => {
  for (const op of ['max', 'avg'] as const) {
    for (const tile of tiles) {
      it(`compute ${op} in ${tileName(tile)}`, () => {
        const next = stream(1, `${op} ${tileName(tile)}`);
        const upTo = (most: number) => 1 + Math.floor(next() * most);
        for (let i = 0; i < 8; i++) {
          const p: Pool = {
            filterHeight: upTo(4),
            filterWidth: upTo(4),
            strideHeight: upTo(3),
            strideWidth: upTo(3),
            padTop: upTo(4) - 1,
            padLeft: upTo(10) - 1,
            dilationHeight: 1,
            dilationWidth: 1,
          };
          const from = extent(upTo(2), upTo(7), upTo(11), upTo(13));
          const to = { ...from, height: upTo(5), width: upTo(9) };
          check(op, tile, p, from, to);
        }
      });
    }
  }

  for (const op of ['max', 'avg'] as const) {
    it(`compute ${op} of rows in parts, and turn by turn`, () => {
      const sizes = { filterHeight: 1, strideHeight: 1, padTop: 0, padLeft: 1 };
      const dilations = { dilationHeight: 1, dilationWidth: 1 } as const;
      for (const [filterWidth, strideWidth] of [
        [4, 4],
        [3, 1],
        [32, 8],
      ]) {
        const p = { ...sizes, ...dilations, filterWidth, strideWidth };
        const from = extent(1, 2, 300, 5);
        const to = { ...from, width: Math.ceil(300 / strideWidth) };
        check(op, { w: 4, h: 1, c: 1 }, p, from, to, 64);
      }
    });
  }

  it('keep to a part of a row', () => {
    const window = { filterHeight: 1, strideHeight: 1, padTop: 0, padLeft: 0 };
    const dilations = { dilationHeight: 1, dilationWidth: 1 } as const;
    const shape = { ...window, ...dilations, filterWidth: 23, strideWidth: 1 };
    const tile = { w: 1, h: 1, c: 1 };
    const family = (longIn: number) =>
      poolPlan('max', shape, tile, rowParts(100, longIn)).spec.family;
    expect([100, 99, 32].map(family)).to.deep.equal(['pool', 'generalPool', 'generalPool']);
  });

  it('unroll common windows, and loop over large ones', () => {
    const dilations = { dilationHeight: 1, dilationWidth: 1 } as const;
    const family = (size: number, stride: number) => {
      const sizes = { filterHeight: size, filterWidth: size, padTop: 1, padLeft: 1 };
      const strides = { strideHeight: stride, strideWidth: stride };
      const shape = { ...sizes, ...strides, ...dilations };
      return poolPlan('max', shape, { w: 4, h: 2, c: 1 }).spec.family;
    };
    expect([family(2, 2), family(3, 2), family(5, 1), family(7, 1)]).to.deep.equal(
      Array(4).fill('pool'),
    );
    expect(family(13, 13)).to.equal('generalPool');
  });
});
