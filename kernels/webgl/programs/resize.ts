/**
 * Images in another size, in the same tile. The coordinates are computed in float32 as
 * tfjs's own WebGL programs compute them, so that both round to the same pixels:
 *
 *     source(i) = (i + 0.5) * ratio - 0.5  with half pixel centers, i * ratio without
 *
 * with ratio = input size / output size, of which 1 is taken from both where corners align.
 */

import type { Tile } from '../../../src/layout/tile.js';
import { planeNames } from '../glsl/planeNames.js';
import { tileAccess } from '../glsl/tileAccess.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import { planeOf } from './window.js';

export type ResizeMethod = 'bilinear' | 'nearest';

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
    samplers: planeNames('x', tile),
    targets: values.length,
    layouts: ['x', 'out'],
    chunks: [
      'uniform vec2 ratio;  // input size over output size, down and across',
      tileAccess('x', tile),
      ...end.chunks,
      methods[method](halfPixelCenters),
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

// Both give a source as nearest pixel, next pixel, and what of the way to it. The last pixels
// of a tile may lie past the output; the limits keep their reads in the input.
const methods: Record<ResizeMethod, (halfPixelCenters: boolean) => string> = {
  bilinear: (halfPixelCenters) => /* glsl */ `
vec3 sourceOf(int i, float ratio, int size) {
  float source = ${halfPixelCenters ? '(float(i) + 0.5) * ratio - 0.5' : 'float(i) * ratio'};
  float last = float(size) - 1.0;
  float near = floor(max(source, 0.0));
  return vec3(min(near, last), min(last, ceil(source)), source - near);
}

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
  nearest: (halfPixelCenters) => /* glsl */ `
uniform float roundBase;  // 0.5 rounds to the nearest pixel, 0.0 down

vec3 sourceOf(int i, float ratio, int size) {
  float source = ${halfPixelCenters ? 'max((float(i) + 0.5) * ratio, 0.0)' : 'float(i) * ratio'};
  float near = min(float(size) - 1.0, floor(source + roundBase));
  return vec3(near, near, 0.0);
}

vec4 resized(int n, int slice, vec3 y, vec3 x) { return xAt(n, slice, int(y.x), int(x.x)); }
`,
};
