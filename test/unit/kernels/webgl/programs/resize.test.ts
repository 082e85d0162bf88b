import { type ResizeMethod, resizeRatio } from '../../../../../kernels/shape/resize.js';
import { type Extent, type Tile, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { places, tiles } from '../../../../support/glsl/glslTensors.js';
import { drawOne, expectDrawn, extent, valueAt, wholeNumbers } from './drawOne.js';

const from = extent(2, 3, 5, 6);
/** Output sizes: up, down, to one pixel, and with ratios in thirds, which are rounded. */
const sizes = [
  [6, 10],
  [2, 3],
  [1, 1],
  [9, 15],
  [4, 7],
] as const;

const f32 = Math.fround;

/** Computes in float32, as the program does; tfjs's kernels define which pixels are meant. */
function source(i: number, input: number, output: number, align: boolean, half: boolean): number {
  const ratio = f32(resizeRatio(input, output, align));
  return half ? f32(f32(f32(i + 0.5) * ratio) - 0.5) : f32(i * ratio);
}

function bilinear(x: Float32Array, to: Extent, align: boolean, half: boolean): number[] {
  return [...places(to)].map(({ n, y, x: column, channel }) => {
    const sy = source(y, from.height, to.height, align, half);
    const sx = source(column, from.width, to.width, align, half);
    const [top, left] = [Math.floor(Math.max(0, sy)), Math.floor(Math.max(0, sx))];
    const bottom = Math.min(from.height - 1, Math.ceil(sy));
    const right = Math.min(from.width - 1, Math.ceil(sx));
    const at = (line: number, col: number) => valueAt(x, from, n, line, col, channel) as number;
    const upper = at(top, left) + (at(top, right) - at(top, left)) * (sx - left);
    const lower = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * (sx - left);
    return upper + (lower - upper) * (sy - top);
  });
}

function nearest(x: Float32Array, to: Extent, align: boolean, half: boolean): number[] {
  const pixel = (i: number, input: number, output: number) => {
    const ratio = f32(resizeRatio(input, output, align));
    const place = f32((half ? i + 0.5 : i) * ratio);
    return Math.min(input - 1, Math.floor(f32(place + (align ? 0.5 : 0))));
  };
  return [...places(to)].map(({ n, y, x: column, channel }) => {
    const line = pixel(y, from.height, to.height);
    const col = pixel(column, from.width, to.width);
    return valueAt(x, from, n, line, col, channel) as number;
  });
}

function check(method: ResizeMethod, tile: Tile, align: boolean, half: boolean): void {
  const x = wholeNumbers(from, 'x');
  for (const [height, width] of sizes) {
    const to = { ...from, height, width };
    const wanted = (method === 'nearest' ? nearest : bilinear)(x, to, align, half);
    const ratio = [resizeRatio(from.height, height, align), resizeRatio(from.width, width, align)];
    const drawn = drawOne(
      { family: 'resize', method, halfPixelCenters: half, tile },
      x,
      { extent: from, tile },
      { extent: to, tile },
      { ratio: ratio.map(f32), roundBase: align ? 0.5 : 0 },
    );
    // The bound is absolute because differences of values up to 9 may be small.
    expectDrawn(drawn, wanted, { extent: to, tile }, `${tileName(tile)} to ${[height, width]}`, {
      absolute: method === 'nearest' ? 0 : 2 ** -19,
    });
  }
}

describe('programs that resize images, run in Node', () => {
  for (const method of ['bilinear', 'nearest'] as const) {
    for (const align of [false, true]) {
      for (const half of [false, true]) {
        const how = [align ? 'aligned corners' : '', half ? 'half pixel centers' : ''];
        it(`${method}, ${how.filter(Boolean).join(', ') || 'plain'}, in every tile`, () => {
          for (const tile of tiles) check(method, tile, align, half);
        });
      }
    }
  }
});
