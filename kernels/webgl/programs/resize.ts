/** Program that resizes images, in the same tile. */

import type { ResizeMethod } from '../../shape/resize.js';
import { resizeSource } from '../glsl/resizeSource.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import { planeOf } from './window.js';

export interface ResizeSpec {
  readonly family: 'resize';
  readonly method: ResizeMethod;
  readonly halfPixelCenters: boolean;
  readonly tile: Tile;
}

export function resizeProgram({ method, halfPixelCenters, tile }: ResizeSpec): ProgramSource {
  const end = epilogue([], tile);
  const values = range(tile.c).flatMap((q) =>
    range(tile.h).flatMap((j) =>
      range(tile.w).map(
        (i) =>
          `  vec4 sum${planeOf(tile, i, j, q)} = resized(n, outSlice + ${q}, row${j}, column${i});`,
      ),
    ),
  );
  return programSource({
    samplers: [planeNames('x', tile)],
    targets: values.length,
    layouts: ['x', 'out'],
    chunks: [
      resizeSource(method, halfPixelCenters),
      tileAccess('x', tile),
      ...end.chunks,
      resized[method],
    ],
    body: [
      tileCoordinates(tile),
      ...range(tile.h).map(
        (j) => `  vec3 row${j} = sourceOf(tile.y * ${tile.h} + ${j}, ratio.x, xLayout.extent.y);`,
      ),
      ...range(tile.w).map(
        (i) =>
          `  vec3 column${i} = sourceOf(tile.x * ${tile.w} + ${i}, ratio.y, xLayout.extent.z);`,
      ),
      ...values,
      end.body,
    ].join('\n'),
  });
}

const resized: Record<ResizeMethod, string> = {
  bilinear: /* glsl */ `
vec4 resized(int n, int slice, vec3 y, vec3 x) {
  vec4 topLeft = xAt(n, slice, int(y.x), int(x.x));
  vec4 topRight = xAt(n, slice, int(y.x), int(x.y));
  vec4 bottomLeft = xAt(n, slice, int(y.y), int(x.x));
  vec4 bottomRight = xAt(n, slice, int(y.y), int(x.y));
  vec4 top = topLeft + (topRight - topLeft) * x.z;
  vec4 bottom = bottomLeft + (bottomRight - bottomLeft) * x.z;
  return top + (bottom - top) * y.z;
}
`,
  nearest: /* glsl */ `
vec4 resized(int n, int slice, vec3 y, vec3 x) { return xAt(n, slice, int(y.x), int(x.x)); }
`,
};
