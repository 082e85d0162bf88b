/** GLSL that fetches the texels of a window, each once for all pixels that use it. */

import { hasLongRows, type RowParts } from '../layout/rowParts.js';
import type { Tile } from '../layout/tile.js';
import { range } from './source.js';
import { label, type Offset, offsetName, offsetOf, type Window } from './window.js';

/**
 * GLSL that declares the texture coordinates `at` of `origin`. It expects `inputStart`, of the image of the
 * input with the number `tile.z`.
 */
export const inputPlace =
  'vec2 at = coordinates(xLayout, startFor(xLayout, inputStart, tile.z, origin.x) + origin);';

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

/**
 * True if the part of a row that has the tile `origin` has all tiles that a program reads from there.
 * @param read offsets that it reads, asked for if rows are in parts
 */
export function readsNear(input: Tile, rows: RowParts, read: () => readonly Offset[]): boolean {
  if (!hasLongRows(rows)) return true;
  const tiles = read().map(({ x }) => Math.floor(x / input.w));
  return -Math.min(...tiles) <= rows.left && Math.max(...tiles) <= rows.right;
}

/** Returns GLSL that declares the sums of a tile, all zero, in the order of the planes. */
export function sumDeclarations({ w, h, c }: Tile): string {
  return range(w * h * c)
    .map((plane) => `  vec4 sum${plane} = vec4(0.0);`)
    .join('\n');
}
