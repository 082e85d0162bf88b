/** Placements of results: the extent and the tile for a tensor of any shape. */
import { util } from '@tensorflow/tfjs-core';
import type { DataFormat } from '../../shape/convShape.js';
import {
  type Extent,
  extentOf,
  type Placement,
  type Tile,
  type TileLayout,
  tileLayout,
} from './tile.js';

/** Limits of a device on the planes of a tensor. */
export interface TextureLimits {
  readonly maxTextureSize: number;
}

/**
 * Returns a placement of a tensor that is computed from planes in the placement `from`; null if no
 * texture is large enough, or if planes would be mostly empty. Long columns, which are no images, are
 * one pixel then.
 */
export function placementFor(
  shape: readonly number[],
  from: Placement,
  limits: TextureLimits,
): Placement | null {
  const { format, layout } = from;
  const usual = placed(extentFor(shape, from), format, layout.tile, limits);
  return usual === null && shape.length < 4 ? onePixel(shape, limits) : usual;
}

/**
 * Returns the placement in which all values are channels of one pixel: no texel is part empty, but the
 * last one. Of a tile of one plane, a program can read many operands, and so compute many steps.
 */
function onePixel(shape: readonly number[], limits: TextureLimits): Placement | null {
  const extent = { batch: 1, height: 1, width: 1, channels: util.sizeFromShape([...shape]) };
  return placed(extent, 'NHWC', { w: 1, h: 1, c: 1 }, limits);
}

/** Returns the placement of an extent in a tile that suits it, with as many planes as `tile` has. */
export function placed(
  extent: Extent,
  format: DataFormat,
  tile: Tile,
  { maxTextureSize }: TextureLimits,
): Placement | null {
  if (Object.values(extent).includes(0)) return null;
  const layout = tileLayout(extent, fittingTile(extent, tile), maxTextureSize);
  return layout !== null && isDense(layout) ? { layout, format } : null;
}

/**
 * Returns the extent of a shape. Four axes are those of the format. Of more, the first three are
 * batch, height and width in NHWC, and the last two are height and width in NCHW. The pixels of
 * fewer axes are one row, or as many rows as `from` has, if they are as many.
 */
export function extentFor(shape: readonly number[], { layout, format }: Placement): Extent {
  if (shape.length === 4) return extentOf(shape, format);
  if (shape.length > 4) {
    return format === 'NHWC'
      ? extentOf([...shape.slice(0, 3), util.sizeFromShape(shape.slice(3))], format)
      : extentOf([shape[0], util.sizeFromShape(shape.slice(1, -2)), ...shape.slice(-2)], format);
  }
  const [batch, first, last] = [...Array(3 - shape.length).fill(1), ...shape];
  const [pixels, channels] = format === 'NHWC' ? [first, last] : [last, first];
  const isImage = pixels === layout.height * layout.width;
  const [height, width] = isImage ? [layout.height, layout.width] : [1, pixels];
  return { batch, height, width, channels };
}

/**
 * Returns a dense placement of values that may be put anywhere, for a tensor of this shape; null if
 * no texture is large enough.
 * @param whole shape that tells where lines of pixels end
 */
export function densePlacement(
  shape: readonly number[],
  whole: readonly number[],
  from: Placement,
  limits: TextureLimits,
): Placement | null {
  const { tile } = from.layout;
  const suited = placed(linesOf(shape, whole, from), from.format, tile, limits);
  if (suited !== null) return suited;
  // The channels are the fewest last axes that leave few channels of a slice empty.
  const size = util.sizeFromShape([...shape]);
  for (const axis of [...shape.keys()].reverse()) {
    const channels = util.sizeFromShape(shape.slice(axis));
    const extent = { batch: 1, height: 1, width: size / channels, channels };
    const placement = placed(extent, 'NHWC', tile, limits);
    if (placement !== null) return placement;
  }
  return null;
}

/**
 * Returns the extent of a shape. The pixels of fewer than four axes are lines as long as those of the
 * `whole` shape: matrices of a batch are rows of an image, so that tiles of several rows are full.
 */
function linesOf(shape: readonly number[], whole: readonly number[], from: Placement): Extent {
  const extent = extentFor(shape, from);
  const { batch, height, width, channels } = extent;
  if (shape.length > 3 || from.format !== 'NHWC' || height > 1) return extent;
  let line = 1;
  for (let axis = whole.length - 1; axis >= 0 && line <= channels; axis--) line *= whole[axis];
  const isLine = line % channels === 0 && width % (line / channels) === 0;
  const across = isLine ? line / channels : width;
  return { batch: 1, height: (batch * width) / across, width: across, channels };
}

/** Maximum numbers in planes for each value, and beside those, which a small tensor may have. */
const MOST_PADDED = 2;
const FEW_PADDED = 1024;

/** True if the planes hold few numbers beside the values. */
function isDense({ batch, height, width, channels, ...layout }: TileLayout): boolean {
  const texels = layout.columns * layout.rows * layout.groups * layout.planes * batch;
  return 4 * texels <= MOST_PADDED * batch * height * width * channels + FEW_PADDED;
}

/** Maximum texels of a tile's planes for each texel of the tile that has the fewest. */
const MOST_WASTED = 1.5;

/**
 * Returns `tile` if it suits the extent; otherwise the tile with as many planes that has the fewest
 * texels outside the extent.
 */
export function fittingTile(extent: Extent, tile: Tile): Tile {
  const planes = tile.w * tile.h * tile.c;
  const all = tilesOf(planes).map((other) => ({ other, texels: texelsIn(extent, other) }));
  const best = all.reduce((a, b) => (b.texels < a.texels ? b : a));
  return texelsIn(extent, tile) <= MOST_WASTED * best.texels ? tile : best.other;
}

/** Returns the tiles of this many planes, those with the most slices last. */
function tilesOf(planes: number): Tile[] {
  const divisors = (n: number) =>
    Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
  return divisors(planes).flatMap((c) =>
    divisors(planes / c)
      .map((h) => ({ w: planes / c / h, h, c }))
      .filter(({ w, h }) => h <= w)
      .reverse(),
  );
}

function texelsIn({ height, width, channels }: Extent, { w, h, c }: Tile): number {
  const up = (size: number, step: number) => Math.ceil(size / step) * step;
  return up(height, h) * up(width, w) * up(Math.ceil(channels / 4), c);
}
