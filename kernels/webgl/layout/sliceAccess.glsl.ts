import { planeNames } from './planeNames.js';
import type { Tile } from './tile.js';

/**
 * Returns GLSL functions `vec4 NAMESliceP(int n, int slice, ivec2 at)`, one for each pixel P of a
 * tile, row by row. Each returns any slice of that pixel in the tile in column at.x and row at.y,
 * or zero if the tensor has no such slice. The pixel is named and only the slice is chosen at run
 * time, for programs that move channels but not pixels.
 */
export function sliceAccess(name: string, { w, h, c }: Tile): string {
  const planes = planeNames(name, { w, h, c });
  return Array.from({ length: w * h }, (_, pixel) => {
    const cases = Array.from(
      { length: c },
      (_, q) => `    case ${q}: return texture(${planes[q * w * h + pixel]}, place);`,
    );
    return body
      .replaceAll('NAME', name)
      .replaceAll('PIXEL', String(pixel))
      .replaceAll('TILE_C', String(c))
      .replace('CASES', cases.join('\n'));
  }).join('');
}

const body = /* glsl */ `
vec4 NAMESlicePIXEL(int n, int slice, ivec2 at) {
  if (slice < 0 || 4 * slice >= NAMELayout.extent.w) return vec4(0.0);
  int group = slice / TILE_C;
  ivec2 start = imageStart(NAMELayout, n * NAMELayout.grid.z + group, at.x);
  vec2 place = coordinates(NAMELayout, start + at);
  switch (slice - group * TILE_C) {
CASES
  }
  return vec4(0.0);
}
`;
