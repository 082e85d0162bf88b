/** Tensors as textures in each layout, placed value by value by the formulas in kernels/webgl. */
import { expect } from 'chai';
import type { DataFormat } from '../../../kernels/shape/convShape.js';
import {
  type FilterLayout,
  filterLayout,
  locateWeight,
} from '../../../kernels/webgl/layout/filter.js';
import { hasLongRows } from '../../../kernels/webgl/layout/rowParts.js';
import { locateFlat, type StockLayout } from '../../../kernels/webgl/layout/stock.js';
import {
  type Extent,
  flatStrides,
  locate,
  type Tile,
  type TileLayout,
  tileLayout,
  tileName,
} from '../../../kernels/webgl/layout/tile.js';
import type { Texture } from './glslRun.js';

export const tile = (w: number, h: number, c: number): Tile => ({ w, h, c });

/** Tiles of the variants, and some that only the layout allows. */
export const tiles = [
  [1, 1, 1],
  [8, 1, 1],
  [4, 1, 2],
  [2, 1, 4],
  [1, 1, 8],
  [4, 1, 1],
  [2, 2, 1],
  [4, 2, 1],
  [2, 2, 2],
  [3, 2, 1],
  [1, 2, 3],
].map(([w, h, c]) => tile(w, h, c));

/** Returns the layout in the smallest textures, so that images are side by side and in rows. */
export function smallLayout(extent: Extent, inTiles: Tile): TileLayout {
  for (let size = 1; size <= 2048; size++) {
    const layout = tileLayout(extent, inTiles, size);
    if (layout !== null && !hasLongRows(layout)) return layout;
  }
  throw new Error(`no layout of ${tileName(inTiles)} up to 2048`);
}

/** Returns the layout in the smallest textures, where rows are in as many parts as they can be. */
export function longLayout(extent: Extent, inTiles: Tile): TileLayout {
  for (let size = 1; size <= 2048; size++) {
    const layout = tileLayout(extent, inTiles, size);
    if (layout !== null) return layout;
  }
  throw new Error(`no layout of ${tileName(inTiles)} up to 2048`);
}

/** Returns a filter's layout in the smallest texture; it has several blocks unless it is tiny. */
export function smallFilterLayout(
  shape: readonly [number, number, number, number],
  inTileSlices: number,
  outTileSlices: number,
): FilterLayout {
  for (let size = 1; size <= 2048; size++) {
    const layout = filterLayout(shape, inTileSlices, outTileSlices, size);
    if (layout !== null) return layout;
  }
  throw new Error(`no layout of a filter [${shape}] up to 2048`);
}

export function blank(width: number, height: number, fill = 0): Texture {
  return { width, height, data: new Float32Array(4 * width * height).fill(fill) };
}

function put(to: Texture, at: { texX: number; texY: number; lane: number }, value: number): void {
  to.data[4 * (at.texY * to.width + at.texX) + at.lane] = value;
}

/** Yields every (n, y, x, channel) of an extent, with its index in flat data. */
export function* places(extent: Extent, format: DataFormat = 'NHWC') {
  const [perImage, perRow, perColumn, perChannel] = flatStrides(extent, format);
  for (let n = 0; n < extent.batch; n++) {
    for (let y = 0; y < extent.height; y++) {
      for (let x = 0; x < extent.width; x++) {
        for (let channel = 0; channel < extent.channels; channel++) {
          const flat = n * perImage + y * perRow + x * perColumn + channel * perChannel;
          yield { n, y, x, channel, flat };
        }
      }
    }
  }
}

export function sizeOf({ batch, height, width, channels }: Extent): number {
  return batch * height * width * channels;
}

/**
 * True if a tile holds the texel; no tile does after the last image, and no program reads there.
 */
function ofTile(layout: TileLayout, texX: number, texY: number): boolean {
  const { across, rows, foldShift, batch, groups, parts } = layout;
  const part = Math.floor(texY / rows) * 2 ** foldShift + Math.floor(texX / across);
  return part < batch * groups * parts;
}

/** Returns the texels of a column in the first row of an image, one for each part that has it. */
function copies(
  { parts, step, across, foldShift, rows }: TileLayout,
  column: number,
  image: number,
) {
  const place = (part: number) => {
    const index = image * parts + part;
    const side = 2 ** foldShift;
    return {
      x: (index % side) * across + column - part * step,
      y: Math.floor(index / side) * rows,
    };
  };
  const all = Array.from({ length: parts }, (_, part) => part);
  return all.filter((p) => column >= p * step && column < p * step + across).map(place);
}

/** Puts flat data into planes: zero in tiles outside the tensor, NaN in texels of no tile. */
export function planesOf(
  values: ArrayLike<number>,
  layout: TileLayout,
  format: DataFormat = 'NHWC',
): Texture[] {
  const { texWidth, texHeight } = layout;
  const plane = blank(texWidth, texHeight);
  for (let i = 0; i < texWidth * texHeight; i++) {
    if (!ofTile(layout, i % texWidth, Math.floor(i / texWidth))) {
      plane.data.fill(Number.NaN, 4 * i, 4 * i + 4);
    }
  }
  const planes = Array.from({ length: layout.planes }, () => ({
    ...plane,
    data: plane.data.slice(),
  }));
  for (const { n, y, x, channel, flat } of places(layout, format)) {
    const { plane, lane } = locate(layout, n, y, x, channel);
    const { w, h, c } = layout.tile;
    const image = n * layout.groups + Math.floor(channel / 4 / c);
    for (const start of copies(layout, Math.floor(x / w), image)) {
      put(planes[plane], { texX: start.x, texY: start.y + Math.floor(y / h), lane }, values[flat]);
    }
  }
  return planes;
}

/** Returns one texture with the planes as its layers, and a layer of zeros after them. */
export function asLayers(planes: readonly Texture[]): Texture {
  const [{ width, height, data }] = planes;
  const all = new Float32Array((planes.length + 1) * data.length);
  for (const [layer, plane] of planes.entries()) all.set(plane.data, layer * data.length);
  return { width, height, data: all };
}

/** Puts flat data into a stock texture; the rest is NaN because no program may use it. */
export function stockTexture(values: ArrayLike<number>, layout: StockLayout, fill = Number.NaN) {
  const places = Array.from(values, (_, flat) => locateFlat(layout, flat));
  const height = 1 + Math.max(...places.map(({ texY }) => texY));
  const texture = blank(layout.texWidth, height, fill);
  for (const [flat, at] of places.entries()) put(texture, at, values[flat]);
  return texture;
}

/** Puts a filter into its texture, with zero past its channels. */
export function filterTexture(values: ArrayLike<number>, layout: FilterLayout): Texture {
  const { filterHeight, filterWidth, inChannels, outChannels } = layout;
  const texture = blank(layout.texWidth, layout.texHeight);
  let flat = 0;
  for (let fy = 0; fy < filterHeight; fy++) {
    for (let fx = 0; fx < filterWidth; fx++) {
      for (let ic = 0; ic < inChannels; ic++) {
        for (let oc = 0; oc < outChannels; oc++) {
          put(texture, locateWeight(layout, fy, fx, ic, oc), values[flat++]);
        }
      }
    }
  }
  return texture;
}

/**
 * Expects every number of every tile to equal the flat data, up to its bound if there are bounds,
 * and to be zero outside the tensor.
 */
export function expectPlanes(
  actual: readonly Texture[],
  values: ArrayLike<number>,
  layout: TileLayout,
  what: string,
  {
    bounds,
    format = 'NHWC' as DataFormat,
  }: { bounds?: ArrayLike<number>; format?: DataFormat } = {},
): void {
  const wanted = planesOf(values, layout, format);
  const allowed = bounds && planesOf(bounds, layout, format);
  expect(actual.length, what).to.equal(wanted.length);
  for (const [plane, texture] of wanted.entries()) {
    expectTexture(actual[plane], texture, `${what}, plane ${plane}`, {
      bounds: allowed?.[plane],
      counts: (x, y) => ofTile(layout, x, y),
    });
  }
}

/** Expects every number of a texture to be as wanted, in the texels that count. */
export function expectTexture(
  actual: Texture,
  { width, data }: Texture,
  what: string,
  { bounds, counts }: { bounds?: Texture; counts?: (x: number, y: number) => boolean } = {},
): void {
  expect(actual.data.length, what).to.equal(data.length);
  for (let i = 0; i < data.length; i++) {
    const got = actual.data[i];
    const bound = bounds?.data[i] ?? 0;
    if (Object.is(got, data[i]) || Math.abs(got - data[i]) <= bound) continue;
    const [x, y] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width)];
    if (counts?.(x, y) === false) continue;
    expect.fail(`${what}: (${x}, ${y})[${i % 4}] is ${got}, not ${data[i]} +- ${bound}`);
  }
}
