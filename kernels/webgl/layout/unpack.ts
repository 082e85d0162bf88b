/** Conversion of texels to the order of a tensor on the CPU, for use where no program can do it. */
import type { DataFormat } from '../../shape/convShape.js';
import { locateFlat, type StockLayout } from './stock.js';
import { flatStrides, locate, type TileLayout } from './tile.js';

/** Returns the values of a tensor from the texels of its planes: the inverse of tileValues. */
export function valuesOfPlanes(
  planes: readonly Float32Array[],
  layout: TileLayout,
  format: DataFormat,
): Float32Array {
  const { batch, height, width, channels, texWidth } = layout;
  const values = new Float32Array(batch * height * width * channels);
  const [stepN, stepY, stepX, stepC] = flatStrides(layout, format);
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < channels; channel++) {
          const { plane, texX, texY, lane } = locate(layout, n, y, x, channel);
          const texel = texY * texWidth + texX;
          values[n * stepN + y * stepY + x * stepX + channel * stepC] =
            planes[plane][4 * texel + lane];
        }
      }
    }
  }
  return values;
}

/** Returns the first `size` values of a tensor from its stock texture, with 4 numbers per texel. */
export function valuesOfStock(
  texels: Float32Array,
  layout: StockLayout,
  size: number,
): Float32Array {
  return Float32Array.from({ length: size }, (_, index) => {
    const { texX, texY, lane } = locateFlat(layout, index);
    return texels[4 * (texY * layout.texWidth + texX) + lane];
  });
}
