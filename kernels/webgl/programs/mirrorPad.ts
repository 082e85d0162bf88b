/** Program that pads a tensor with rows and columns that mirror the tensor's own. */

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

export interface MirrorPadSpec {
  readonly family: 'mirrorPad';
  readonly tile: Tile;
}

/**
 * Computes y(n, y, x, c) = x(n, mirrored(y - padding.x), mirrored(x - padding.y), c). With
 * `repeated` = 1 the outermost row and column occur twice, with 0 once.
 */
export function mirrorPadProgram({ tile }: MirrorPadSpec): ProgramSource {
  const planes = planeNames('x', tile);
  const values = planes.map((_, plane) => {
    const { px, py, pc } = positionOf(tile, plane);
    return `xAt(n, outSlice + ${pc}, fromY${py}, fromX${px})`;
  });
  return programSource({
    samplers: [planes],
    targets: planes.length,
    layouts: ['x', 'out'],
    chunks: [mirrored, tileAccess('x', tile)],
    body: [
      tileCoordinates(tile),
      ...range(tile.h).map((py) => from('Y', py, `tile.y * ${tile.h} + ${py} - padding.x`, 'y')),
      ...range(tile.w).map((px) => from('X', px, `tile.x * ${tile.w} + ${px} - padding.y`, 'z')),
      ...maskedStores(values, tile),
    ].join('\n'),
  });
}

function from(axis: 'X' | 'Y', offset: number, place: string, size: 'y' | 'z'): string {
  return `  int from${axis}${offset} = mirrored(${place}, xLayout.extent.${size});`;
}

const mirrored = /* glsl */ `
uniform ivec2 padding;  // above and to the left
uniform int repeated;

// Places outside the result mirror to anything in range.
int mirrored(int place, int size) {
  int back = place < 0 ? -place - repeated : place;
  int inside = back < size ? back : 2 * (size - 1) - back + repeated;
  return min(max(inside, 0), size - 1);
}
`;
