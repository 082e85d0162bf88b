import { expect } from 'chai';
import { stockValues, tileValues } from '../../../../../kernels/webgl/layout/pack.js';
import { packedRowsColumns } from '../../../../../kernels/webgl/layout/stock.js';
import { tileLayout, tileName } from '../../../../../kernels/webgl/layout/tile.js';
import { valuesOfPlanes, valuesOfStock } from '../../../../../kernels/webgl/layout/unpack.js';
import { sizeOf, tiles } from '../../../../support/glsl/glslTensors.js';

const counted = (size: number) => Float32Array.from({ length: size }, (_, i) => i + 1);

describe('unpacking on the CPU', () => {
  it('gives the values that were packed into planes', () => {
    const extent = { batch: 2, height: 5, width: 7, channels: 9 };
    const values = counted(sizeOf(extent));
    for (const tile of tiles) {
      for (const format of ['NHWC', 'NCHW'] as const) {
        const layout = tileLayout(extent, tile, 64)!;
        const planes = tileValues(values, layout, format);
        expect([...valuesOfPlanes(planes, layout, format)], tileName(tile)).to.deep.equal([
          ...values,
        ]);
      }
    }
  });

  it('gives the values that were packed into a stock texture', () => {
    for (const shape of [[7], [3, 5], [2, 3, 5], [2, 3, 5, 3]]) {
      const [rows, columns] = packedRowsColumns(shape);
      const values = counted(shape.reduce((a, b) => a * b));
      for (const form of ['packed', 'unpacked'] as const) {
        const layout = { form, texWidth: 8, rows, columns, offset: 0 };
        const texels = stockValues(values, layout, 16);
        // A read returns 4 numbers for each texel.
        const read =
          form === 'packed'
            ? texels
            : Float32Array.from({ length: 4 * texels.length }, (_, i) =>
                i % 4 === 0 ? texels[i / 4] : 0,
              );
        expect([...valuesOfStock(read, layout, values.length)], `${form} [${shape}]`).to.deep.equal(
          [...values],
        );
      }
    }
  });
});
