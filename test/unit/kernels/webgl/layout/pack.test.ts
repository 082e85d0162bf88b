import { expect } from 'chai';
import { filterLayout } from '../../../../../kernels/webgl/layout/filter.js';
import { filterValues, tileValues } from '../../../../../kernels/webgl/layout/pack.js';
import { type Extent, tileLayout, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import {
  expectPlanes,
  expectTexture,
  filterTexture,
  sizeOf,
  smallFilterLayout,
  smallLayout,
  tiles,
} from '../../../../support/glsl/glslTensors.js';

const extents: readonly Extent[] = [
  [1, 1, 1, 21],
  [2, 5, 7, 9],
  [3, 4, 8, 3],
].map(([batch, height, width, channels]) => ({ batch, height, width, channels }));

const counted = (size: number) => Float32Array.from({ length: size }, (_, i) => i + 1);

describe('packing on the CPU', () => {
  for (const format of ['NHWC', 'NCHW'] as const) {
    it(`puts every value of a tensor where the layout says: ${format}`, () => {
      for (const extent of extents) {
        for (const tile of tiles) {
          for (const layout of [tileLayout(extent, tile, 4096)!, smallLayout(extent, tile)]) {
            const values = counted(sizeOf(extent));
            const { texWidth: width, texHeight: height } = layout;
            const planes = tileValues(values, layout, format).map((data) => ({
              width,
              height,
              data,
            }));
            expectPlanes(planes, values, layout, `${JSON.stringify(extent)} in ${tileName(tile)}`, {
              format,
            });
          }
        }
      }
    });
  }

  it('puts every weight of a filter where the layout says, turned or not', () => {
    for (const shape of [
      [1, 1, 1, 1],
      [3, 2, 5, 7],
      [2, 3, 21, 9],
    ] as [number, number, number, number][]) {
      for (const [inSlices, outSlices] of [
        [1, 1],
        [4, 2],
        [2, 8],
      ]) {
        for (const layout of [
          filterLayout(shape, inSlices, outSlices, 4096)!,
          smallFilterLayout(shape, inSlices, outSlices),
        ]) {
          const values = counted(shape.reduce((a, b) => a * b));
          const wanted = filterTexture(values, layout);
          for (const isTurned of [false, true]) {
            const given = isTurned ? turned(values, shape) : values;
            const data = filterValues(given, layout, isTurned);
            expectTexture({ ...wanted, data }, wanted, `[${shape}]`);
          }
        }
      }
    }
    expect(filterValues([1], filterLayout([1, 1, 1, 1], 1, 1, 64)!, false)[0]).to.equal(1);
  });
});

/** Returns the filter [fh, fw, b, a] whose turned form is the given filter [fh, fw, a, b]. */
function turned(values: Float32Array, [fh, fw, a, b]: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  for (let tap = 0; tap < fh * fw; tap++) {
    for (let i = 0; i < a; i++) {
      for (let j = 0; j < b; j++) {
        result[((fh * fw - 1 - tap) * b + j) * a + i] = values[(tap * a + i) * b + j];
      }
    }
  }
  return result;
}
