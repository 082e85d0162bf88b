/**
 * Program for the products of pairs of matrices that are both in planes. The rows of a matrix are
 * pixels, and its columns are channels, so that a product is in the layout of a:
 *
 *     y(pixel i of a matrix, c) = sum over k of a(pixel i, k) * b(pixel k, c)
 *                              or a(pixel i, k) * b(pixel c, k) if b is transposed
 *
 * `rows` is the number of rows of a matrix of a, that of a matrix of b, and 1 or 0: the number of
 * matrices of b for each one of a, all of which have the same if that is 0.
 */
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import { planeOf } from './window.js';

export interface MatMulSpec {
  readonly family: 'matMul';
  /** Tile of a and of the result. */
  readonly tile: Tile;
  /** Tile of b. */
  readonly b: Tile;
  readonly transposed: boolean;
  /** True if each line of pixels in a tile belongs to another matrix. */
  readonly byLine: boolean;
}

export function matMulProgram({ tile, b, transposed, byLine }: MatMulSpec): ProgramSource {
  const planes = planeNames('a', tile);
  const end = epilogue([], tile);
  const lines = range(byLine ? tile.h : 1);
  return programSource({
    samplers: [planes, planeNames('b', b)],
    targets: planes.length,
    layouts: ['a', 'b', 'out'],
    chunks: [tileAccess('b', b), bRow, ...end.chunks],
    body: [
      tileCoordinates(tile),
      ...lines.flatMap((line) => [
        `int line${line} = min(tile.y * ${tile.h} + ${line}, aLayout.extent.y - 1);`,
        `int first${line} = (n * aLayout.extent.y + line${line}) * aLayout.extent.z;`,
        `int matrix${line} = rows.z * quotient(first${line}, rows.x);`,
      ]),
      ...planes.map((_, k) => `vec4 sum${k} = vec4(0.0);`),
      'for (int group = 0; group < aLayout.grid.z; ++group) {',
      'vec2 at = coordinates(aLayout, imageStart(aLayout, n * aLayout.grid.z + group, tile.x) + tile.xy);',
      ...range(tile.c).flatMap((slice) => [
        '{',
        `int slice = group * ${tile.c} + ${slice};`,
        ...texelsOf(planes, tile, slice),
        ...lines.flatMap((line) =>
          range(tile.c).flatMap((q) => [
            ...fourRows(`matrix${line}`, `outSlice + ${q}`, `${line}_${q}`, transposed),
            ...pixelsOf(tile, byLine ? line : null).map(({ px, py }) => {
              const a = `a${px}_${py}`;
              const terms = ['x', 'y', 'z', 'w'].map((k, l) => `${a}.${k} * b${l}_${line}_${q}`);
              return `sum${planeOf(tile, px, py, q)} += ${terms.join(' + ')};`;
            }),
          ]),
        ),
        '}',
      ]),
      '}',
      end.body,
    ].join('\n'),
  });
}

/** Returns GLSL for the texels of one slice of the tile of a. */
function texelsOf(planes: readonly string[], tile: Tile, slice: number): string[] {
  return planes.flatMap((plane, index) => {
    const { px, py, pc } = positionOf(tile, index);
    return pc === slice ? [`vec4 a${px}_${py} = texture(${plane}, at);`] : [];
  });
}

/** Returns the pixels of a tile, or those of one of its lines. */
function pixelsOf({ w, h }: Tile, line: number | null) {
  const lines = line === null ? range(h) : [line];
  return lines.flatMap((py) => range(w).map((px) => ({ px, py })));
}

/** Returns GLSL for 4 rows of 4 columns of b: those that meet the 4 channels of a slice of a. */
function fourRows(matrix: string, outSlice: string, name: string, transposed: boolean): string[] {
  const lanes = ['x', 'y', 'z', 'w'];
  if (!transposed) {
    return lanes.map(
      (_, l) => `vec4 b${l}_${name} = bRow(${matrix}, 4 * slice + ${l}, ${outSlice});`,
    );
  }
  const columns = lanes.map(
    (_, l) => `vec4 column${l}_${name} = bRow(${matrix}, 4 * (${outSlice}) + ${l}, slice);`,
  );
  const rows = lanes.map((lane, l) => {
    const parts = lanes.map((_, column) => `column${column}_${name}.${lane}`);
    return `vec4 b${l}_${name} = vec4(${parts.join(', ')});`;
  });
  return [...columns, ...rows];
}

const bRow = /* glsl */ `
uniform ivec3 rows;
// 4 channels of a row of a matrix of b; zero outside it, where a is zero too, but b might not be finite.
vec4 bRow(int matrix, int row, int slice) {
  if (row >= rows.y || 4 * slice >= bLayout.extent.w) return vec4(0.0);
  int pixel = matrix * rows.y + row;
  int line = quotient(pixel, bLayout.extent.z);
  int element = quotient(line, bLayout.extent.y);
  return bAt(element, slice, line - element * bLayout.extent.y, pixel - line * bLayout.extent.z);
}
`;
