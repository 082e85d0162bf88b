/**
 * Program of products of matrices that were both computed. The rows of a matrix of a are consecutive
 * pixels, and its columns are channels, so that a product is in the layout of a:
 *
 *     y(pixel i of a matrix, c) = sum over k of a(pixel i, k) * b(pixel k, c)
 *
 * Each matrix of b is a batch element of one line, whole in a texture, in tiles of four pixels: the rows that
 * meet the four channels of a slice of a. `matrices` is the number of matrices of b for each batch
 * element of a and for each of its lines; all have the same one if both are 0.
 */
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';
import { planeOf } from './window.js';

export interface MatMulSpec extends Stepped {
  readonly family: 'matMul';
  /** Tile of a and of the result. */
  readonly tile: Tile;
  /** True if each line of pixels in a tile belongs to another matrix. */
  readonly byLine: boolean;
}

/** Tile of b. */
export const factorTile: Tile = { w: 4, h: 1, c: 1 };

export function matMulProgram({ tile, byLine, steps }: MatMulSpec): ProgramSource {
  const planes = planeNames('a', tile);
  const rows = planeNames('b', factorTile);
  const end = epilogue(steps, tile);
  const factors = range(byLine ? tile.h : 1).flatMap((line) =>
    range(tile.c).map((q) => ({ line, q, name: `_${line}_${q}` })),
  );
  return programSource({
    samplers: [planes, rows, ...end.samplers],
    targets: planes.length,
    layouts: ['a', 'b', 'out'],
    chunks: [
      'uniform ivec2 matrices;  // for each batch element, and for each line',
      ...end.chunks,
    ],
    body: [
      tileCoordinates(tile),
      ...factors.map(({ line, q, name }) => {
        const matrix = `n * matrices.x + min(tile.y * ${tile.h} + ${line}, aLayout.extent.y - 1) * matrices.y`;
        const image = `(${matrix}) * bLayout.grid.z + outSlice + ${q}`;
        return `vec2 from${name} = coordinates(bLayout, imageStart(bLayout, ${image}, 0));`;
      }),
      ...planes.map((_, k) => `vec4 sum${k} = vec4(0.0);`),
      'for (int group = 0; group < aLayout.grid.z; ++group) {',
      'vec2 at = coordinates(aLayout, imageStart(aLayout, n * aLayout.grid.z + group, tile.x) + tile.xy);',
      ...range(tile.c).flatMap((slice) => [
        `int slice${slice} = group * ${tile.c} + ${slice};`,
        // Texels past the last slice are of another matrix, and may not be finite.
        slice === 0 ? '{' : `if (slice${slice} < bLayout.grid.x) {`,
        `vec2 step = vec2(float(slice${slice}) * bLayout.texel.x, 0.0);`,
        ...texelsOf(planes, tile, slice),
        ...factors.flatMap(({ line, q, name }) => [
          ...rows.map((row, k) => `vec4 row${k}${name} = texture(${row}, from${name} + step);`),
          ...pixelsOf(tile, byLine ? line : null).map(({ px, py }) => {
            const terms = [...'xyzw'].map((lane, k) => `a${px}_${py}.${lane} * row${k}${name}`);
            return `sum${planeOf(tile, px, py, q)} += ${terms.join(' + ')};`;
          }),
        ]),
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
