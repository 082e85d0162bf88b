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
  readonly filterWidth: number;
  /** Number of filter rows that the text spells out. */
  readonly filterRows: number;
  /** True if the filter has more rows, over which the program loops. */
  readonly loop: boolean;
  readonly strideWidth: number;
  readonly strideHeight: number;
  readonly dilationWidth: number;
  readonly dilationHeight: number;
  /** Padding on the left and on the top, modulo the input tile. */
  readonly padPhaseX: number;
  readonly padPhaseY: number;
  /** True if tiles of the output have no part outside it, so that nothing has to be made zero. */
  readonly whole?: true;
}

/**
 * Maximum number of multiply-adds and fetches that the program of a convolution spells out: text and
 * compile time grow with them.
 */
export const MAX_UNROLLED = 1024;

/** Returns the window of a convolution, or null if its planes would not be known. */
export function windowOf(shape: WindowShape, input: Tile, out: Tile): Window | null {
  const { filterHeight, filterWidth, strideHeight, strideWidth } = shape;
  if ((out.w * strideWidth) % input.w !== 0 || (out.h * strideHeight) % input.h !== 0) return null;
  const dilationHeight = filterHeight === 1 ? 1 : shape.dilationHeight;
  const filterRows = rowsOfATurn(filterHeight, dilationHeight, input.h);
  return {
    in: input,
    out,
    filterWidth,
    filterRows,
    loop: filterRows < filterHeight,
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

/** Returns the values of the uniforms of windowGlsl. */
export function windowUniforms(shape: WindowShape, window: Window): Record<string, number[]> {
  const { strideHeight, strideWidth, filterHeight, padTop, padLeft } = shape;
  const { in: input, out, filterRows } = window;
  const turns = filterHeight / filterRows;
  const dilation = filterHeight === 1 ? 1 : shape.dilationHeight;
  return {
    tileStep: [(out.w * strideWidth) / input.w, (out.h * strideHeight) / input.h],
    padTiles: [Math.floor(padLeft / input.w), Math.floor(padTop / input.h)],
    rowTurns: [turns, turns === 1 ? 0 : (filterRows * dilation) / input.h],
  };
}

export const windowGlsl = /* glsl */ `
uniform ivec2 tileStep;  // input tiles from an output tile to the next, across and down
uniform ivec2 padTiles;  // whole input tiles of padding, left and top
uniform ivec2 rowTurns;  // turns of the loop over filter rows, input tiles down from one to the next
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
    ivec2 origin = firstTile + ivec2(0, turn * rowTurns.y);`
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
export function insideMasks(window: Window): string {
  return tileMasks(window.in, offsets(window));
}

/**
 * Returns GLSL masks, one for each tile that contains an offset from `origin`: all ones if the tile
 * is inside the image.
 */
export function tileMasks(input: Tile, offsets: readonly Offset[]): string {
  const across = steps(offsets.map(({ x }) => Math.floor(x / input.w)));
  const down = steps(offsets.map(({ y }) => Math.floor(y / input.h)));
  const flag = (name: string, axis: string, step: number) =>
    `  bool ${name}${label(step)} = origin.${axis} + ${step} >= 0 && origin.${axis} + ${step} < xLayout.grid.${axis};`;
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

/**
 * A slice of an input tile: its number, or 'loop' in a loop over slices. There, the operand x has its
 * planes in the layers of an array texture, and `layer` is the first one of the slice.
 */
export type Slice = number | 'loop';

/** Returns GLSL for the texel at an offset, zero outside the image by the masks of tileMasks. */
export function insideTexel(input: Tile, pc: Slice, offset: Offset): string {
  const [tx, ty] = [Math.floor(offset.x / input.w), Math.floor(offset.y / input.h)];
  return `masked(${texelAt(input, pc, offset)}, inside${label(tx)}_${label(ty)})`;
}

/**
 * Returns GLSL that fetches slice `pc` of an input tile at an offset. It expects `at`, the texture
 * coordinates of `origin`. A texel outside the image does not belong to the tensor.
 */
export function texelAt(input: Tile, pc: Slice, { x, y }: Offset): string {
  const [tx, ty] = [Math.floor(x / input.w), Math.floor(y / input.h)];
  const plane = (y - ty * input.h) * input.w + x - tx * input.w;
  const place = tx === 0 && ty === 0 ? 'at' : `at + vec2(${tx}, ${ty}) * xLayout.texel`;
  return pc === 'loop'
    ? `texture(xPlanes, vec3(${place}, layer + ${plane}.0))`
    : `texture(x${pc * input.h * input.w + plane}, ${place})`;
}

/** Returns the name of the GLSL variable that holds the input at an offset. */
export function offsetName({ x, y }: Offset): string {
  return `x${label(x)}_${label(y)}`;
}

/**
 * Collects the fetches of one slice in the order of their first use.
 * @param texelOf GLSL of the texel at an offset, zero outside the image
 */
export class WindowFetches {
  private readonly known = new Set<string>();

  constructor(
    private readonly window: Window,
    private readonly texelOf: (offset: Offset) => string,
  ) {}

  /** Returns the lines that fetch what tap (fy, fx) needs and no earlier tap needed. */
  linesOf(fy: number, fx: number): string[] {
    const { out } = this.window;
    return range(out.h).flatMap((j) => range(out.w).flatMap((i) => this.fetch(fy, fx, i, j)));
  }

  /** Returns the GLSL variable with the input of tap (fy, fx) and pixel (i, j). */
  value(fy: number, fx: number, i: number, j: number): string {
    return offsetName(offsetOf(this.window, fy, fx, i, j));
  }

  private fetch(fy: number, fx: number, i: number, j: number): string[] {
    const name = this.value(fy, fx, i, j);
    if (this.known.has(name)) return [];
    this.known.add(name);
    return [`vec4 ${name} = ${this.texelOf(offsetOf(this.window, fy, fx, i, j))};`];
  }
}

/** Returns GLSL that declares the sums of a tile, all zero, in the order of the planes. */
export function sumDeclarations({ w, h, c }: Tile): string {
  return range(w * h * c)
    .map((plane) => `  vec4 sum${plane} = vec4(0.0);`)
    .join('\n');
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
