import { planeNames } from './planeNames.js';
import type { Tile } from './tile.js';

/**
 * Returns the GLSL function `vec4 NAMEAt(int n, int slice, int y, int x)`, which returns the texel
 * of any in-range coordinate of the tensor in `NAMELayout`, whatever its tile. It chooses the plane
 * at run time; programs that know their offsets name the plane instead.
 */
export function tileAccess(name: string, tile: Tile): string {
  const cases = planeNames(name, tile).map(
    (plane, index) => `    case ${index}: return texture(${plane}, at);`,
  );
  const body = /* glsl */ `
vec4 NAMEAt(int n, int slice, int y, int x) {
  int column = x / TILE_W;
  ivec2 start = imageStart(NAMELayout, n * NAMELayout.grid.z + slice / TILE_C, column);
  vec2 at = coordinates(NAMELayout, start + ivec2(column, y / TILE_H));
  switch (((slice % TILE_C) * TILE_H + y % TILE_H) * TILE_W + x % TILE_W) {
CASES
  }
  return vec4(0.0);
}
`;
  return body
    .replaceAll('NAME', name)
    .replaceAll('TILE_W', String(tile.w))
    .replaceAll('TILE_H', String(tile.h))
    .replaceAll('TILE_C', String(tile.c))
    .replace('CASES', cases.join('\n'));
}
