/**
 * The tile layout: how a four-dimensional tensor lies in textures.
 *
 * A texel holds 4 consecutive channels (a slice) of one pixel. A tile is
 * `w x h` pixels by `c` slices, and each position inside the tile has a texture
 * of its own, a plane, so that one fragment shader run writes one whole tile to
 * `w*h*c` render targets. Plane `(pc*h + py)*w + px` holds texel (px, py, pc) of
 * every tile. Within a plane, tiles lie at
 *
 *     column = x / w,   row = (n*groups + slice/c)*rows + y/h
 *
 * and the rows continue in further bands of columns, each of 2^bandShift rows:
 *
 *     (column + (row >> bandShift)*columns,  row & (2^bandShift - 1))
 *
 * Bands keep planes within the largest texture, and wide enough for rasterisers,
 * which shade blocks of pixels: a column of single tiles would waste most of each.
 *
 * Invariant: every texel of a tile that lies outside the tensor is zero, in the last
 * tile of a row, of a column and of the channels alike. Programs that write planes
 * keep it; programs that read them rely on it. Texels after the last row of the last
 * band belong to no tile: they are unspecified, and nobody reads them.
 */
import type { DataFormat } from '../shape/convShape.js';

/** What one fragment computes: pixels across, pixels down, slices of 4 channels. */
export interface Tile {
  readonly w: number;
  readonly h: number;
  readonly c: number;
}

/** Sizes of a four-dimensional tensor, independent of the order of its data. */
export interface Extent {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface TileLayout extends Extent {
  readonly tile: Tile;
  /** Textures of the layout: w*h*c. */
  readonly planes: number;
  /** ceil(channels / 4) */
  readonly slices: number;
  /** Tiles across, down, and along the channels. */
  readonly columns: number;
  readonly rows: number;
  readonly groups: number;
  /** Base-2 logarithm of the rows of a band; MAX_SHIFT where one band holds them all. */
  readonly bandShift: number;
  /** Texels of every plane. */
  readonly texWidth: number;
  readonly texHeight: number;
}

/** Names carry parameters: `8x1x1`. */
export function tileName({ w, h, c }: Tile): string {
  return `${w}x${h}x${c}`;
}

export function sameTile(a: Tile, b: Tile): boolean {
  return a.w === b.w && a.h === b.h && a.c === b.c;
}

/** A shift after which no row is left: one band. */
const MAX_SHIFT = 30;

/** Width and height, in texels, of the blocks that rasterisers shade together. */
const BLOCK = 4;

/** The layout of a non-empty `extent` in `tile`, or null where no texture is large enough. */
export function tileLayout(extent: Extent, tile: Tile, maxTextureSize: number): TileLayout | null {
  const { batch, height, width, channels } = extent;
  const slices = Math.ceil(channels / 4);
  const columns = Math.ceil(width / tile.w);
  const rows = Math.ceil(height / tile.h);
  const groups = Math.ceil(slices / tile.c);
  const band = bestBands(columns, batch * groups * rows, maxTextureSize);
  if (band === null) return null;
  const planes = tile.w * tile.h * tile.c;
  return { batch, height, width, channels, tile, planes, slices, columns, rows, groups, ...band };
}

/** The bands whose texture has the fewest blocks to shade; the longest of equals. */
function bestBands(
  columns: number,
  rows: number,
  maxTextureSize: number,
): Pick<TileLayout, 'bandShift' | 'texWidth' | 'texHeight'> | null {
  let best = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (let bandShift = Math.ceil(Math.log2(rows)); bandShift >= 2; bandShift--) {
    const bands = Math.ceil(rows / 2 ** bandShift);
    const texWidth = columns * bands;
    const texHeight = Math.min(rows, 2 ** bandShift);
    if (texWidth > maxTextureSize || texHeight > maxTextureSize) continue;
    const blocks = Math.ceil(texWidth / BLOCK) * Math.ceil(texHeight / BLOCK);
    if (blocks >= fewest) continue;
    fewest = blocks;
    best = { bandShift: bands > 1 ? bandShift : MAX_SHIFT, texWidth, texHeight };
  }
  if (best !== null || rows > 2) return best;
  if (columns > maxTextureSize) return null;
  return { bandShift: MAX_SHIFT, texWidth: columns, texHeight: rows };
}

/** Where the value at (n, y, x, channel) lies. The GLSL of glsl/tileAccess.ts is the same formula. */
export function locate(
  layout: TileLayout,
  n: number,
  y: number,
  x: number,
  channel: number,
): { plane: number; texX: number; texY: number; lane: number } {
  const { tile, groups, rows, columns, bandShift } = layout;
  const slice = Math.floor(channel / 4);
  const plane = ((slice % tile.c) * tile.h + (y % tile.h)) * tile.w + (x % tile.w);
  const column = Math.floor(x / tile.w);
  const row = (n * groups + Math.floor(slice / tile.c)) * rows + Math.floor(y / tile.h);
  return {
    plane,
    texX: column + (row >> bandShift) * columns,
    texY: row & (2 ** bandShift - 1),
    lane: channel % 4,
  };
}

/** The position inside a tile that a plane holds: the inverse of what locate() does. */
export function positionOf({ w, h }: Tile, plane: number): { px: number; py: number; pc: number } {
  return { px: plane % w, py: Math.floor(plane / w) % h, pc: Math.floor(plane / (w * h)) };
}

/** Extent of a shape of rank 4 in the given order. */
export function extentOf(shape: readonly number[], format: DataFormat): Extent {
  if (shape.length !== 4)
    throw new Error(`layout: shape [${shape}] has rank ${shape.length}, not 4`);
  const [batch, a, b, c] = shape;
  return format === 'NHWC'
    ? { batch, height: a, width: b, channels: c }
    : { batch, height: b, width: c, channels: a };
}

/** Steps in the flat data for one batch element, row, column and channel. */
export function flatStrides(
  { height, width, channels }: Extent,
  format: DataFormat,
): readonly [n: number, y: number, x: number, channel: number] {
  return format === 'NHWC'
    ? [height * width * channels, width * channels, channels, 1]
    : [height * width * channels, width, 1, height * width];
}
