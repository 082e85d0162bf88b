/**
 * Packing of values into our layouts on the CPU, because a program for it would have to be compiled
 * first.
 */
import type { DataFormat } from '../../shape/convShape.js';
import type { DepthwiseBlockLayout, FilterLayout } from './filter.js';
import type { StockLayout } from './stock.js';
import { flatStrides, partStart, type TileLayout } from './tile.js';

type Values = ArrayLike<number>;

/** Returns the texels of each plane of a tensor, row by row: the formula of locate() in tile.ts. */
export function tileValues(values: Values, layout: TileLayout, format: DataFormat): Float32Array[] {
  const { planes, texWidth, texHeight, parts } = layout;
  const packed = Array.from({ length: planes }, () => new Float32Array(4 * texWidth * texHeight));
  for (let part = 0; part < parts; part++) {
    packPart(packed, values, layout, format, part);
  }
  return packed;
}

/** Packs one part of every row. */
function packPart(
  packed: readonly Float32Array[],
  values: Values,
  layout: TileLayout,
  format: DataFormat,
  part: number,
): void {
  const { batch, height, width, channels, tile, groups, slices, texWidth } = layout;
  const [stepN, stepY, stepX, stepC] = flatStrides(layout, format);
  const firstX = part * layout.step * tile.w;
  const endX = Math.min(width, firstX + layout.across * tile.w);
  for (let n = 0; n < batch; n++) {
    for (let slice = 0; slice < slices; slice++) {
      const image = n * groups + Math.floor(slice / tile.c);
      const start = partStart(layout, image * layout.parts + part);
      const lanes = Math.min(4, channels - 4 * slice);
      for (let y = 0; y < height; y++) {
        const row = (start.y + Math.floor(y / tile.h)) * texWidth + start.x - part * layout.step;
        const plane = ((slice % tile.c) * tile.h + (y % tile.h)) * tile.w;
        let from = n * stepN + y * stepY + firstX * stepX + 4 * slice * stepC;
        for (let x = firstX; x < endX; x++, from += stepX) {
          const texels = packed[plane + (x % tile.w)];
          const to = 4 * (row + Math.floor(x / tile.w));
          for (let lane = 0; lane < lanes; lane++) texels[to + lane] = values[from + lane * stepC];
        }
      }
    }
  }
}

/**
 * Returns the texels of a packed filter, row by row, by the formula of locateWeight() in filter.ts.
 * If it is `flipped`, the values have the shape [filterHeight, filterWidth, outChannels,
 * inChannels], and the packed filter has them rotated by 180 degrees.
 */
export function filterValues(values: Values, layout: FilterLayout, flipped: boolean): Float32Array {
  const { filterHeight, filterWidth, inChannels, outChannels, outTileSlices } = layout;
  const { shift, blocks, texWidth, texHeight } = layout;
  const packed = new Float32Array(4 * texWidth * texHeight);
  const taps = filterHeight * filterWidth;
  const [stepIn, stepOut] = flipped ? [1, inChannels] : [outChannels, 1];
  for (let tap = 0; tap < taps; tap++) {
    const start = (flipped ? taps - 1 - tap : tap) * inChannels * outChannels;
    for (let ic = 0; ic < inChannels; ic++) {
      const s = ic >> 2;
      const column = ((s & (2 ** shift - 1)) * taps + tap) * outTileSlices * 4 + (ic & 3);
      const row = s >> shift;
      for (let oc = 0; oc < outChannels; oc += 4) {
        const outSlice = oc >> 2;
        const outGroup = Math.floor(outSlice / outTileSlices);
        const texel =
          (outGroup * blocks + row) * texWidth + column + (outSlice % outTileSlices) * 4;
        const lanes = Math.min(4, outChannels - oc);
        let from = start + ic * stepIn + oc * stepOut;
        for (let lane = 0; lane < lanes; lane++, from += stepOut) {
          packed[4 * texel + lane] = values[from];
        }
      }
    }
  }
  return packed;
}

/**
 * Returns the texels of a depthwise filter in uniform blocks.
 * @param bias a value for each channel, if the layout has room for them; a negative zero becomes a
 *   positive one, as in a sum that begins with zero
 */
export function depthwiseValues(
  values: Values,
  { taps, turnTaps, turnTexels, channels, slices }: DepthwiseBlockLayout,
  bias?: Values,
): Float32Array {
  const sliceTexels = (taps / turnTaps) * turnTexels;
  const packed = new Float32Array(4 * slices * sliceTexels);
  const put = (channel: number, texel: number, value: number) => {
    packed[((channel >> 2) * sliceTexels + texel) * 4 + (channel & 3)] = value;
  };
  for (let tap = 0; tap < taps; tap++) {
    const texel = Math.floor(tap / turnTaps) * turnTexels + (tap % turnTaps);
    for (let channel = 0; channel < channels; channel++) {
      put(channel, texel, values[tap * channels + channel]);
    }
  }
  if (bias === undefined) return packed;
  for (let channel = 0; channel < channels; channel++) put(channel, turnTaps, bias[channel] + 0);
  return packed;
}

/**
 * Returns the texels of a stock texture, row by row, by the formula of locateFlat() in stock.ts; an
 * unpacked texture has one number per texel. Returns the given values themselves if they fill it.
 */
export function stockValues(values: Values, layout: StockLayout, texHeight: number): Float32Array {
  const { form, texWidth, rows, columns } = layout;
  const size = texWidth * texHeight;
  if (form === 'unpacked') {
    if (values instanceof Float32Array && values.length === size) return values;
    const texels = new Float32Array(size);
    texels.set(values);
    return texels;
  }
  const packed = new Float32Array(4 * size);
  const perRow = Math.ceil(columns / 2);
  const perBatch = Math.ceil(rows / 2);
  const lines = columns === 0 ? 0 : values.length / columns;
  for (let line = 0; line < lines; line++) {
    const row = line % rows;
    const texel = (((line - row) / rows) * perBatch + (row >> 1)) * perRow;
    const to = 4 * texel + 2 * (row & 1);
    const from = line * columns;
    for (let column = 0; column < columns; column++) {
      packed[to + 4 * (column >> 1) + (column & 1)] = values[from + column];
    }
  }
  return packed;
}
