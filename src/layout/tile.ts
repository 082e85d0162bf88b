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
 * and, where there are more rows than a texture may have, the rows continue in a
 * further band of columns: (column + band*columns, row - band*bandRows).
 *
 * Invariant: every texel of a plane that lies outside the tensor is zero, in the
 * last tile of a row, of a column and of the channels alike. Programs that write
 * planes keep it; programs that read them rely on it.
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
  /** Rows of a band; 0 where one band holds them all. */
  readonly bandRows: number;
  /** Texels of every plane. */
  readonly texWidth: number;
  readonly texHeight: number;
}

/** Names carry parameters: `8x1x1`. */
export function tileName({ w, h, c }: Tile): string {
  return `${w}x${h}x${c}`;
}

/** The layout of `extent` in `tile`, or null where no texture is large enough. */
export function tileLayout(extent: Extent, tile: Tile, maxTextureSize: number): TileLayout | null {
  const { batch, height, width, channels } = extent;
  const slices = Math.ceil(channels / 4);
  const columns = Math.ceil(width / tile.w);
  const rows = Math.ceil(height / tile.h);
  const groups = Math.ceil(slices / tile.c);
  const allRows = batch * groups * rows;
  const bands = Math.ceil(allRows / maxTextureSize);
  const texWidth = columns * bands;
  if (texWidth > maxTextureSize) return null;
  const texHeight = Math.ceil(allRows / bands);
  return {
    batch,
    height,
    width,
    channels,
    tile,
    planes: tile.w * tile.h * tile.c,
    slices,
    columns,
    rows,
    groups,
    bandRows: bands > 1 ? texHeight : 0,
    texWidth,
    texHeight,
  };
}

/** Where the value at (n, y, x, channel) lies. The GLSL of glsl/tileAccess.ts is the same formula. */
export function locate(
  layout: TileLayout,
  n: number,
  y: number,
  x: number,
  channel: number,
): { plane: number; texX: number; texY: number; lane: number } {
  const { tile, groups, rows, columns, bandRows } = layout;
  const slice = Math.floor(channel / 4);
  const plane = ((slice % tile.c) * tile.h + (y % tile.h)) * tile.w + (x % tile.w);
  const column = Math.floor(x / tile.w);
  const row = (n * groups + Math.floor(slice / tile.c)) * rows + Math.floor(y / tile.h);
  const band = bandRows > 0 ? Math.floor(row / bandRows) : 0;
  return {
    plane,
    texX: column + band * columns,
    texY: row - band * bandRows,
    lane: channel % 4,
  };
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
