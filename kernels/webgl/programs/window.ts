/**
 * Windows of tiles of output pixels. A window is the input that a tile reads: its texels and their
 * planes, and the GLSL that fetches each texel once for all the pixels that use it.
 *
 * Pixel (i, j) of an output tile reads, for tap (fy, fx), the input pixel
 *
 *   (i*strideWidth + fx*dilationWidth - padPhaseX, j*strideHeight + fy*dilationHeight - padPhaseY)
 *
 * counted from the first pixel of an input tile. The plane of each offset must be known when the
 * text is written. Therefore `in.w` must divide `out.w*strideWidth`, `in.h` must divide
 * `out.h*strideHeight` and the rows of a turn of the loop, and the padding modulo the input tile is
 * part of the spec.
 */

import type { ConvShape } from '../../shape/convShape.js';
import type { Tile } from '../layout/tile.js';
import { modulo, range } from './source.js';

/** Sizes that a window depends on. */
export type WindowShape = Pick<
  ConvShape,
  | 'filterHeight'
  | 'filterWidth'
  | 'strideHeight'
  | 'strideWidth'
  | 'dilationHeight'
  | 'dilationWidth'
  | 'padTop'
  | 'padLeft'
>;

export interface Window {
  readonly in: Tile;
  readonly out: Tile;
  /** Number of filter columns that the text spells out. */
  readonly filterWidth: number;
  /** Number of filter rows that the text spells out. */
  readonly filterRows: number;
  /** True if the filter has more rows or columns, over which the program loops. */
  readonly loop: boolean;
  /** True if the loop is over the columns of a filter of one row. */
  readonly loopsAcross?: true;
  readonly strideWidth: number;
  readonly strideHeight: number;
  readonly dilationWidth: number;
  readonly dilationHeight: number;
  /** Padding on the left and on the top, modulo the input tile. */
  readonly padPhaseX: number;
  readonly padPhaseY: number;
  /** Part of an output tile that is never outside the output: all, or the channels of each slice. */
  readonly whole?: 'tiles' | 'channels';
}

/**
 * Maximum number of multiply-adds and fetches that the program of a convolution spells out: text and
 * compile time grow with them.
 */
export const MAX_UNROLLED = 1024;

/** Maximum number of columns that a program spells out of a filter of one row, if it can loop over them. */
const MOST_COLUMNS = 24;

/** Taps that one turn of the loop over a filter spells out. */
export interface Turn {
  /** Maximum number of columns of a filter of one row, where the program can loop over them. */
  readonly mostColumns?: number;
  /** All filter rows, or as few as the input allows. */
  readonly rows?: 'few' | 'all';
}

/** Returns the window of a convolution, or null if its planes would not be known. */
export function windowOf(
  shape: WindowShape,
  input: Tile,
  out: Tile,
  { mostColumns = MOST_COLUMNS, rows = 'few' }: Turn = {},
): Window | null {
  const { filterHeight, strideHeight, strideWidth } = shape;
  if ((out.w * strideWidth) % input.w !== 0 || (out.h * strideHeight) % input.h !== 0) return null;
  const dilationHeight = filterHeight === 1 ? 1 : shape.dilationHeight;
  const filterRows =
    rows === 'all' ? filterHeight : rowsOfATurn(filterHeight, dilationHeight, input.h);
  const filterWidth =
    filterHeight === 1 ? columnsOfATurn(shape, input.w, mostColumns) : shape.filterWidth;
  const loopsAcross = filterWidth < shape.filterWidth;
  return {
    in: input,
    out,
    filterWidth,
    filterRows,
    loop: filterRows < filterHeight || loopsAcross,
    ...(loopsAcross ? { loopsAcross } : {}),
    strideWidth: out.w === 1 ? 1 : strideWidth,
    strideHeight: out.h === 1 ? 1 : strideHeight,
    dilationWidth: filterWidth === 1 ? 1 : shape.dilationWidth,
    dilationHeight: filterRows === 1 ? 1 : dilationHeight,
    padPhaseX: modulo(shape.padLeft, input.w),
    padPhaseY: modulo(shape.padTop, input.h),
  };
}

/**
 * Returns the smallest number of filter rows that divides the filter and moves the input by whole
 * tiles; all filter rows if there is no such number.
 */
function rowsOfATurn(filterHeight: number, dilationHeight: number, tileHeight: number): number {
  for (let rows = 1; rows < filterHeight; rows++) {
    if (filterHeight % rows === 0 && (rows * dilationHeight) % tileHeight === 0) return rows;
  }
  return filterHeight;
}

/**
 * Returns the largest number of filter columns, up to `most`, that divides the filter and moves the input
 * by whole tiles; all filter columns if there is no such number.
 */
function columnsOfATurn(
  { filterWidth, dilationWidth }: WindowShape,
  tileWidth: number,
  most: number,
): number {
  for (let columns = Math.min(filterWidth, most); columns > 0; columns--) {
    const isWhole = columns === filterWidth || (columns * dilationWidth) % tileWidth === 0;
    if (filterWidth % columns === 0 && isWhole) return columns;
  }
  return filterWidth;
}

/** Returns the values of the uniforms of windowGlsl. */
export function windowUniforms(shape: WindowShape, window: Window): Record<string, number[]> {
  const { strideHeight, strideWidth, filterHeight, padTop, padLeft } = shape;
  const { in: input, out, filterRows, filterWidth, loopsAcross = false } = window;
  const turns = turnsOf(shape, window);
  const dilation = filterHeight === 1 ? 1 : shape.dilationHeight;
  const across = loopsAcross ? (filterWidth * shape.dilationWidth) / input.w : 0;
  const down = turns === 1 || loopsAcross ? 0 : (filterRows * dilation) / input.h;
  return {
    tileStep: [(out.w * strideWidth) / input.w, (out.h * strideHeight) / input.h],
    padTiles: [Math.floor(padLeft / input.w), Math.floor(padTop / input.h)],
    rowTurns: [turns, across, down],
  };
}

/** Returns the number of turns of the loop over filter rows or columns. */
export function turnsOf(
  { filterHeight, filterWidth }: Pick<WindowShape, 'filterHeight' | 'filterWidth'>,
  window: Pick<Window, 'filterRows' | 'filterWidth'>,
): number {
  return (filterHeight / window.filterRows) * (filterWidth / window.filterWidth);
}

export const windowGlsl = /* glsl */ `
uniform ivec2 tileStep;  // input tiles from an output tile to the next, across and down
uniform ivec2 padTiles;  // whole input tiles of padding, left and top
uniform ivec3 rowTurns;  // turns of the loop over filter rows or columns, input tiles across and down from one to the next
`;

/**
 * Returns GLSL that opens a turn, number `turn`, and declares `origin`, the input tile of offset
 * (0, 0).
 */
export function turnStart({ loop }: Window): string {
  return loop
    ? /* glsl */ `
  ivec2 firstTile = tile.xy * tileStep - padTiles;
  for (int turn = 0; turn < rowTurns.x; ++turn) {
    ivec2 origin = firstTile + turn * rowTurns.yz;`
    : /* glsl */ `
  {
    const int turn = 0;
    ivec2 origin = tile.xy * tileStep - padTiles;`;
}

/** Pixel of the input, counted from the first pixel of the tile `origin`. */
export interface Offset {
  readonly x: number;
  readonly y: number;
}

/**
 * Returns GLSL for the `inside` masks of a turn. It expects `origin`, the input tile of offset
 * (0, 0).
 */
export function insideMasks(window: Window, unsigned = false): string {
  return tileMasks(window.in, offsets(window), unsigned);
}

/**
 * Returns GLSL masks, one for each tile that contains an offset from `origin`: all ones if the tile
 * is inside the image. Unsigned numbers need one comparison: short programs gain, dense ones may lose.
 */
export function tileMasks(input: Tile, offsets: readonly Offset[], unsigned = false): string {
  const across = steps(offsets.map(({ x }) => Math.floor(x / input.w)));
  const down = steps(offsets.map(({ y }) => Math.floor(y / input.h)));
  const inside = (at: string, size: string) =>
    unsigned ? `uint(${at}) < uint(${size})` : `${at} >= 0 && ${at} < ${size}`;
  const flag = (name: string, axis: string, step: number) =>
    `  bool ${name}${label(step)} = ${inside(`origin.${axis} + ${step}`, `xLayout.grid.${axis}`)};`;
  return [
    ...across.map((step) => flag('insideX', 'x', step)),
    ...down.map((step) => flag('insideY', 'y', step)),
    ...down.flatMap((ty) =>
      across.map(
        (tx) =>
          `  uvec4 inside${label(tx)}_${label(ty)} = uvec4(maskOf(insideX${label(tx)} && insideY${label(ty)}));`,
      ),
    ),
  ].join('\n');
}

/** Returns the distinct numbers of a list in ascending order. */
export function steps(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Returns the name of the GLSL variable that holds the input at an offset. */
export function offsetName({ x, y }: Offset): string {
  return `x${label(x)}_${label(y)}`;
}

/**
 * Returns the number of the plane, and of the sum, of pixel (i, j) and slice q of the output tile.
 */
export function planeOf({ w, h }: Tile, i: number, j: number, q: number): number {
  return (q * h + j) * w + i;
}

/** Returns the number of texels of one slice that a turn fetches. */
export function windowTexels(window: Window): number {
  return distinctOffsets(window).length;
}

/** Returns the offsets of the texels of one slice that a turn fetches, each once. */
export function distinctOffsets(window: Window): Offset[] {
  return [...new Map(offsets(window).map((offset) => [offsetName(offset), offset])).values()];
}

/** Returns the offsets of all taps and pixels of a turn. */
export function offsets(window: Window): Offset[] {
  const { filterRows, filterWidth, out } = window;
  return range(filterRows).flatMap((fy) =>
    range(filterWidth).flatMap((fx) =>
      range(out.h).flatMap((j) => range(out.w).map((i) => offsetOf(window, fy, fx, i, j))),
    ),
  );
}

/** Returns the offset that tap (fy, fx) of pixel (i, j) reads. */
export function offsetOf(window: Window, fy: number, fx: number, i: number, j: number): Offset {
  const { strideWidth, strideHeight, dilationWidth, dilationHeight } = window;
  return {
    x: i * strideWidth + fx * dilationWidth - window.padPhaseX,
    y: j * strideHeight + fy * dilationHeight - window.padPhaseY,
  };
}

/** Returns a number as part of a name. */
export function label(step: number): string {
  return step < 0 ? `m${-step}` : `${step}`;
}
