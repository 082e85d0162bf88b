/**
 * The tile layout of four-dimensional tensors in textures.
 *
 * A texel holds 4 consecutive channels (a slice) of one pixel. A tile is `w x h` pixels by `c`
 * slices. Each position inside the tile has a separate texture, a plane, so that one run of a
 * fragment shader writes one whole tile to `w*h*c` render targets. Plane `(pc*h + py)*w + px` holds
 * texel (px, py, pc) of every tile. Within a plane, the tiles of one batch element and one group of
 * slices, an image, are a rectangle of `columns x rows` texels:
 *
 *     image = n*groups + slice/c,   column = x / w,   row = y / h
 *
 * 2^foldShift images are side by side, and the next images are below them:
 *
 *     ((image % 2^foldShift)*columns + column,  (image >> foldShift)*rows + row)
 *
 * Folds keep planes within the largest texture size, and give them a shape that suits rasterisers
 * (fold.ts). A neighbour of a tile in its image is a neighbour in the plane, so that programs reach
 * it by adding constants to the place of the tile.
 *
 * Rows with more tiles than a texture has texels are cut into parts that overlap (rowParts.ts). Each
 * part of an image takes the place of an image above: part p of image i is number `i*parts + p`.
 *
 * Invariant: every texel of a tile that is outside the tensor is zero, in the last tile of a row,
 * of a column and of the channels alike. Programs that write planes maintain it; programs that read
 * planes rely on it. Texels after the last image belong to no tile: they are unspecified, and no
 * program reads them.
 */
import type { DataFormat } from '../../shape/convShape.js';
import { type Fold, fold } from './fold.js';
import { partWith, type RowParts, rowParts } from './rowParts.js';

/** Tile that one fragment computes: pixels across, pixels down, slices of 4 channels. */
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

export interface TileLayout extends Extent, Fold, RowParts {
  readonly tile: Tile;
  /** Number of textures of the layout: w*h*c. */
  readonly planes: number;
  /** ceil(channels / 4) */
  readonly slices: number;
  /** Number of tiles across (columns), down (rows) and along the channels (groups). */
  readonly columns: number;
  readonly rows: number;
  readonly groups: number;
}

/** Layout of a tensor that is in planes on the GPU. */
export interface Placement {
  readonly layout: TileLayout;
  readonly format: DataFormat;
  /** Tile of the tensor that was reduced to this one: in it this one is broadcast again. */
  readonly reducedFrom?: Tile;
}

/** Returns the name of a tile, for example `8x1x1`. */
export function tileName({ w, h, c }: Tile): string {
  return `${w}x${h}x${c}`;
}

export function sameTile(a: Tile, b: Tile): boolean {
  return a.w === b.w && a.h === b.h && a.c === b.c;
}

/** Returns the layout of a non-empty `extent` in `tile`, or null if no texture is large enough. */
export function tileLayout(extent: Extent, tile: Tile, maxTextureSize: number): TileLayout | null {
  const { batch, height, width, channels } = extent;
  const slices = Math.ceil(channels / 4);
  const columns = Math.ceil(width / tile.w);
  const rows = Math.ceil(height / tile.h);
  const groups = Math.ceil(slices / tile.c);
  const parted = rowParts(columns, maxTextureSize);
  const folded = fold(parted.across, rows, batch * groups * parted.parts, maxTextureSize);
  if (folded === null) return null;
  const planes = tile.w * tile.h * tile.c;
  const counts = { planes, slices, columns, rows, groups };
  return { batch, height, width, channels, tile, ...counts, ...parted, ...folded };
}

/**
 * Returns the place of the value at (n, y, x, channel), by the same formula as the GLSL in
 * tileAccess.glsl.ts.
 */
export function locate(
  layout: TileLayout,
  n: number,
  y: number,
  x: number,
  channel: number,
): { plane: number; texX: number; texY: number; lane: number } {
  const { tile, groups } = layout;
  const slice = Math.floor(channel / 4);
  const plane = ((slice % tile.c) * tile.h + (y % tile.h)) * tile.w + (x % tile.w);
  const column = Math.floor(x / tile.w);
  const start = imageStart(layout, n * groups + Math.floor(slice / tile.c), column);
  return {
    plane,
    texX: start.x + column,
    texY: start.y + Math.floor(y / tile.h),
    lane: channel % 4,
  };
}

/**
 * Returns the texel of the first tile of an image, which its other tiles follow to the right and
 * below. Where rows are cut, it is the texel that this tile would have if the part of `column` went
 * on to the left.
 */
export function imageStart(
  layout: TileLayout,
  image: number,
  column: number,
): { readonly x: number; readonly y: number } {
  const part = partWith(layout, column);
  const start = partStart(layout, image * layout.parts + part);
  return { x: start.x - part * layout.step, y: start.y };
}

/** Returns the texel of the first tile of a part of an image, by its number. */
export function partStart({ across, rows, foldShift }: TileLayout, index: number) {
  return { x: (index & (2 ** foldShift - 1)) * across, y: (index >> foldShift) * rows };
}

/** Rectangle of texels of a plane. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Returns the areas of `count` images from image `first` on, three at most. */
export function areasOf(layout: TileLayout, first: number, count: number): Area[] {
  const { across, rows, foldShift, parts } = layout;
  const side = 2 ** foldShift;
  const areas: Area[] = [];
  for (let index = first * parts, left = count * parts; left > 0; ) {
    const lines = index % side === 0 ? Math.floor(left / side) : 0;
    const taken = lines > 0 ? lines * side : Math.min(left, side - (index % side));
    const width = lines > 0 ? side * across : taken * across;
    areas.push({ ...partStart(layout, index), width, height: Math.max(1, lines) * rows });
    index += taken;
    left -= taken;
  }
  return areas;
}

/** Column, row and slice inside a tile. */
export interface Position {
  readonly px: number;
  readonly py: number;
  readonly pc: number;
}

/** Returns the position inside a tile that a plane holds: the inverse of locate(). */
export function positionOf({ w, h }: Tile, plane: number): Position {
  return { px: plane % w, py: Math.floor(plane / w) % h, pc: Math.floor(plane / (w * h)) };
}

/** Returns the extent of a shape of rank 4 in the given order. */
export function extentOf(shape: readonly number[], format: DataFormat): Extent {
  if (shape.length !== 4)
    throw new Error(`layout: shape [${shape}] has rank ${shape.length}, not 4`);
  const [batch, a, b, c] = shape;
  return format === 'NHWC'
    ? { batch, height: a, width: b, channels: c }
    : { batch, height: b, width: c, channels: a };
}

/** Returns the steps in the flat data for one batch element, row, column and channel. */
export function flatStrides(
  { height, width, channels }: Extent,
  format: DataFormat,
): readonly [n: number, y: number, x: number, channel: number] {
  return format === 'NHWC'
    ? [height * width * channels, width * channels, channels, 1]
    : [height * width * channels, width, 1, height * width];
}

/** Returns the formats of the flat data of planes: both if they have one pixel, or one channel. */
export function formatsOf({ layout, format }: Placement): readonly DataFormat[] {
  const { height, width, channels } = layout;
  const isEither = height * width === 1 || channels === 1;
  return isEither ? [format, format === 'NHWC' ? 'NCHW' : 'NHWC'] : [format];
}

/** True if programs cannot tell two placements apart. */
export function samePlacement(a: Placement, b: Placement): boolean {
  const [p, q] = [a.layout, b.layout];
  return a.format === b.format && sameTile(p.tile, q.tile) && sameExtent(p, q);
}

export function sameExtent(a: Extent, b: Extent): boolean {
  return (
    a.batch === b.batch && a.height === b.height && a.width === b.width && a.channels === b.channels
  );
}
