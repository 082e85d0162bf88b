/**
 * Program for the gradient of resized images, in the tile of dy. An input pixel gathers from the
 * output pixels that were made of it, each weighted by the input pixel's share in it:
 *
 *     dx(n, y, x, c) = sum over i, j of shareOf(y, row i) * shareOf(x, column j) * dy(n, i, j, c)
 *
 * The shares come from the function that resizes, so that the sum is its transpose in every
 * rounding. A loop runs over the output pixels of a whole tile. Output pixels in which an input
 * pixel has no share do not count in its sum, whatever their value.
 */

import type { ResizeMethod } from '../../shape/resize.js';
import { resizeSource } from '../glsl/resizeSource.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import {
  maskedStores,
  type ProgramSource,
  programSource,
  range,
  tileCoordinates,
} from './source.js';

export interface ResizeGradientSpec {
  readonly family: 'resizeGradient';
  readonly method: ResizeMethod;
  readonly halfPixelCenters: boolean;
  readonly tile: Tile;
}

export function resizeGradientProgram(spec: ResizeGradientSpec): ProgramSource {
  const { method, halfPixelCenters, tile } = spec;
  const planes = planeNames('dy', tile);
  const sums = planes.map((_, plane) => `sum${plane}`);
  const parts = sums.map((sum, plane) => {
    const { px, py, pc } = positionOf(tile, plane);
    return `      ${sum} += part(down${py} * across${px}, value${pc});`;
  });
  return programSource({
    samplers: [planes],
    targets: planes.length,
    layouts: ['dy', 'out'],
    chunks: [
      resizeSource(method, halfPixelCenters),
      tileAccess('dy', tile),
      shares.replaceAll('CENTER', halfPixelCenters ? '0.5' : '0.0'),
    ],
    body: [
      tileCoordinates(tile),
      `  int top = tile.y * ${tile.h};`,
      `  int left = tile.x * ${tile.w};`,
      `  ivec2 rows = readersOf(top, ${tile.h}, ratio.x, dyLayout.extent.y);`,
      `  ivec2 columns = readersOf(left, ${tile.w}, ratio.y, dyLayout.extent.z);`,
      ...sums.map((sum) => `  vec4 ${sum} = vec4(0.0);`),
      '  for (int y = rows.x; y <= rows.y; ++y) {',
      '    vec3 row = sourceOf(y, ratio.x, outLayout.extent.y);',
      ...range(tile.h).map((py) => `    float down${py} = shareOf(top + ${py}, row);`),
      '    for (int x = columns.x; x <= columns.y; ++x) {',
      '      vec3 column = sourceOf(x, ratio.y, outLayout.extent.z);',
      ...range(tile.w).map((px) => `      float across${px} = shareOf(left + ${px}, column);`),
      ...range(tile.c).map((pc) => `      vec4 value${pc} = dyAt(n, outSlice + ${pc}, y, x);`),
      ...parts,
      '    }',
      '  }',
      ...maskedStores(sums, tile),
    ].join('\n'),
  });
}

const shares = /* glsl */ `
// The first and the last output position that may be made of one of \`count\` input positions from p on.
// A ratio of 0 (one input position, corners aligned) reaches them all.
ivec2 readersOf(int p, int count, float ratio, int outSize) {
  vec2 reach = (vec2(p - 1, p + count) + CENTER) / max(ratio, 1.0e-6) - CENTER;
  return ivec2(max(0, int(floor(reach.x))), min(outSize - 1, int(ceil(reach.y))));
}

// The share that input position p has in an output position.
float shareOf(int p, vec3 source) {
  float place = float(p);
  if (source.x == source.y) return place == source.x ? 1.0 : 0.0;
  return place == source.x ? 1.0 - source.z : (place == source.y ? source.z : 0.0);
}

// Nothing where the weight is zero, even of what is not finite.
vec4 part(float weight, vec4 value) {
  return masked(weight * value, uvec4(maskOf(weight != 0.0)));
}
`;
