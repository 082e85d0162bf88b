/** The input columns that a tile of output pixels reads from one filter row, and their names. */
import type { Tile } from '../../../src/layout/tile.js';
import { range } from './source.js';

export interface RowReuse {
  readonly in: Tile;
  readonly out: Tile;
  readonly filterWidth: number;
  readonly strideWidth: number;
  readonly dilationWidth: number;
  readonly padPhase: number;
}

/** Columns relative to the first pixel of input tile `column`, without repeats, in order. */
export function inputColumns(spec: RowReuse): number[] {
  const { out, filterWidth, strideWidth, dilationWidth, padPhase } = spec;
  const columns = new Set<number>();
  for (const i of range(out.w)) {
    for (const fx of range(filterWidth)) {
      columns.add(i * strideWidth + fx * dilationWidth - padPhase);
    }
  }
  return [...columns].sort((a, b) => a - b);
}

/** GLSL variable that holds the texel of a column. */
export function columnName(column: number): string {
  return column < 0 ? `x_m${-column}` : `x_${column}`;
}

/** GLSL variable that tells whether the input tile `step` to the right is in the tensor. */
export function insideName(step: number): string {
  return step < 0 ? `inside_m${-step}` : `inside_${step}`;
}

/** GLSL: the `inside_` variables of a program, and the fetches of one row of one slice. */
export function insideDeclarations(spec: RowReuse): string {
  const steps = new Set(inputColumns(spec).map((column) => Math.floor(column / spec.in.w)));
  return [...steps]
    .map((step) => `  bvec4 ${insideName(step)} = bvec4(inputTileInside(column + ${step}));`)
    .join('\n');
}

/** GLSL: one texel a column into its variable, zero outside; `pc` is the slice in the input tile. */
export function columnFetches(spec: RowReuse, pc: number): string[] {
  return inputColumns(spec).map((column) => {
    const step = Math.floor(column / spec.in.w);
    const plane = pc * spec.in.w + (column - step * spec.in.w);
    const fetch = `texelFetch(x${plane}, line + ivec2(${step}, 0), 0)`;
    return `vec4 ${columnName(column)} = mix(vec4(0.0), ${fetch}, ${insideName(step)});`;
  });
}

/** GLSL: the sums of a tile, all zero. */
export function sumDeclarations(out: Tile): string {
  return range(out.c)
    .flatMap((q) => range(out.w).map((i) => `  vec4 sum${i}_${q} = vec4(0.0);`))
    .join('\n');
}

/** Chunk that the declarations above rely on. */
export const rowReuseChunk = /* glsl */ `
uniform ivec4 rowGeometry;  // filterHeight, strideHeight, dilationHeight, padTop
uniform int padColumns;     // whole input tiles of padding on the left

bool inputTileInside(int column) { return column >= 0 && column < xLayout.grid.x; }

// Input row under filter row fy of output row oy; negative or past the end in the padding.
int inputRow(int oy, int fy) { return oy * rowGeometry.y + fy * rowGeometry.z - rowGeometry.w; }
`;
