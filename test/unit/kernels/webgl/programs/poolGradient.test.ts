import { expect } from 'chai';
import type { PoolGradient, PoolGradientOp } from '../../../../../kernels/shape/poolGradient.js';
import { type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { generalPoolPlan, poolPlan } from '../../../../../kernels/webgl/pool.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import { stream } from '../../../../../src/validator/index.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram } from '../../../../support/glsl/glslRun.js';
import {
  asLayers,
  expectPlanes,
  longLayout,
  planesOf,
  smallLayout,
  tiles,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';
import { describePooling, poolGradientOracle } from '../../../../support/poolOracle.js';
import { drawOne, expectDrawn, extent, wholeNumbers } from './drawOne.js';

const dilations = { dilationHeight: 1, dilationWidth: 1 } as const;

/** Returns fy*filterWidth + fx of the first of the largest values of each window, -1 where there is none. */
function positionsOf(g: PoolGradient, x: ArrayLike<number>): Float32Array {
  const to = [g.batch, g.outHeight, g.outWidth, g.channels];
  return Float32Array.from({ length: to.reduce((a, b) => a * b) }, (_, flat) => {
    const c = flat % g.channels;
    const j = Math.floor(flat / g.channels) % g.outWidth;
    const i = Math.floor(flat / g.channels / g.outWidth) % g.outHeight;
    const n = Math.floor(flat / g.channels / g.outWidth / g.outHeight);
    let [largest, position] = [Number.NEGATIVE_INFINITY, -1];
    for (let tap = 0; tap < g.filterHeight * g.filterWidth; tap++) {
      const row = i * g.strideHeight - g.padTop + Math.floor(tap / g.filterWidth);
      const column = j * g.strideWidth - g.padLeft + (tap % g.filterWidth);
      if (row < 0 || row >= g.height || column < 0 || column >= g.width) continue;
      const value = x[((n * g.height + row) * g.width + column) * g.channels + c];
      if (value > largest) [largest, position] = [value, tap];
    }
    return position;
  });
}

function check(op: PoolGradientOp, g: PoolGradient, dyTile: Tile, tile: Tile): void {
  const from = extent(g.batch, g.height, g.width, g.channels);
  const to = extent(g.batch, g.outHeight, g.outWidth, g.channels);
  const x = wholeNumbers(from, 'x', 0.1).map((v) => (v === 5 ? Number.NEGATIVE_INFINITY : v));
  // A NaN goes to the pixels that its window gives it to, and nowhere else.
  const dy = wholeNumbers(to, 'dy', 0.05);
  const positions = positionsOf(g, x);
  const windows = { ...g, ...dilations };
  const what = `${describePooling(op, g)} in ${tileName(dyTile)} and ${tileName(tile)}`;
  if (op === 'max') {
    const plans = [poolPlan('position', windows, tile), generalPoolPlan('position', windows, tile)];
    for (const { spec, uniforms } of plans) {
      const longIn = spec.family === 'pool' ? null : 'smallest';
      const lying = { extent: to, tile };
      const drawn = drawOne(spec, x, { extent: from, tile }, lying, uniforms, [], longIn);
      expectDrawn(drawn, [...positions], lying, `${spec.family}, ${what}`);
    }
  }
  const { uniforms } = generalPoolPlan(op, windows, tile);
  const spec: ProgramSpec = {
    ...{ family: 'poolGradient', op, in: dyTile, out: tile },
    ...(op === 'max' ? { positions: tile } : {}),
  };
  const { values, bounds } = poolGradientOracle(op, g, x, dy);
  for (const rows of ['whole', 'long'] as const) {
    const layoutOf = rows === 'long' ? longLayout : smallLayout;
    const [ofDy, ofPositions, out] = [
      layoutOf(to, dyTile),
      layoutOf(to, tile),
      layoutOf(from, tile),
    ];
    const all = {
      ...uniforms,
      ...named('dy', layoutUniforms(ofDy)),
      ...named('position', layoutUniforms(ofPositions)),
      ...named('out', layoutUniforms(out)),
    };
    const size = { width: out.texWidth, height: out.texHeight };
    const operands = [
      planesOf(dy, ofDy),
      ...(op === 'max' ? [planesOf(positions, ofPositions)] : []),
    ];
    const storages = rows === 'long' ? (['textures'] as const) : (['textures', 'layers'] as const);
    for (const storage of storages) {
      const textures = operands.flatMap((planes) =>
        storage === 'layers' && planes.length > 1 ? [asLayers(planes)] : planes,
      );
      const drawn = runProgram(programText(spec, storage, 'float32', rows), textures, all, size);
      expectPlanes(drawn, values, out, `${what}, ${rows} rows, ${storage}`, { bounds });
    }
  }
}

describe('programs of the gradients of pools, run in Node', () => {
  for (const op of ['max', 'avg'] as const) {
    for (const tile of tiles) {
      it(`compute ${op} in ${tileName(tile)}`, () => {
        const next = stream(1, `gradient ${op} ${tileName(tile)}`);
        const upTo = (most: number) => 1 + Math.floor(next() * most);
        for (let i = 0; i < 6; i++) {
          const [filterHeight, filterWidth] = [upTo(4), upTo(4)];
          const g: PoolGradient = {
            ...{ batch: upTo(2), height: upTo(7), width: upTo(9), channels: upTo(9) },
            ...{ outHeight: upTo(4), outWidth: upTo(5), filterHeight, filterWidth },
            ...{ strideHeight: upTo(3), strideWidth: upTo(3) },
            ...{ padTop: upTo(filterHeight) - 1, padLeft: upTo(filterWidth) - 1 },
          };
          check(op, g, tiles[upTo(tiles.length) - 1], tile);
        }
      });
    }
  }

  it('count the taps of a loop over the rows and the columns of large filters', () => {
    const sizes = { batch: 1, height: 8, width: 26, channels: 3, outHeight: 2, outWidth: 2 };
    const strides = { strideHeight: 2, strideWidth: 1, padTop: 1, padLeft: 2 };
    const tile = { w: 1, h: 2, c: 1 };
    for (const [filterHeight, filterWidth] of [
      [4, 3],
      [1, 26],
    ]) {
      const g = { ...sizes, ...strides, filterHeight, filterWidth };
      const { spec } = poolPlan('position', { ...g, ...dilations }, tile);
      expect(spec.family === 'pool' && spec.loop).to.equal(true);
      check('max', g, tile, tile);
    }
  });
});
