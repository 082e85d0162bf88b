/** Program that resizes images, in the same tile. */

import type { ResizeMethod } from '../../shape/resize.js';
import { resizeSource } from '../glsl/resizeSource.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { accessName, tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { planeLoop, type ValueText } from './planeLoop.js';
import { type ProgramSource, programSource, tileCoordinates } from './source.js';

export interface ResizeSpec {
  readonly family: 'resize';
  readonly method: ResizeMethod;
  readonly halfPixelCenters: boolean;
  readonly tile: Tile;
}

export function resizeProgram({ method, halfPixelCenters, tile }: ResizeSpec): ProgramSource {
  const end = epilogue([], tile);
  // Images keep their channels, so that a slice is at the same place of both tiles.
  const access = new Set<string>();
  const values = planeLoop(tile, tile.c > 1 ? ['pc'] : [], (known) => {
    access.add(tileAccess('x', tile, known));
    return resized(method, accessName('x', known));
  });
  return programSource({
    samplers: [planeNames('x', tile)],
    targets: tile.w * tile.h * tile.c,
    layouts: ['x', 'out'],
    chunks: [resizeSource(method, halfPixelCenters), ...access, ...end.chunks],
    body: [tileCoordinates(tile), values, end.body].join('\n'),
  });
}

/** Returns the value of a pixel, from the pixels that `at` fetches. */
function resized(method: ResizeMethod, at: string): ValueText {
  const fetched = (row: string, column: string) =>
    `${at}(n, slice, int(down.${row}), int(across.${column}))`;
  const sources = [
    '  vec3 down = sourceOf(py, ratio.x, xLayout.extent.y);',
    '  vec3 across = sourceOf(px, ratio.y, xLayout.extent.z);',
  ];
  if (method === 'nearest') return { lines: sources, value: fetched('x', 'x') };
  const between = (name: string, row: string) => [
    `  vec4 ${name}Left = ${fetched(row, 'x')};`,
    `  vec4 ${name} = ${name}Left + (${fetched(row, 'y')} - ${name}Left) * across.z;`,
  ];
  const lines = [...sources, ...between('top', 'x'), ...between('bottom', 'y')];
  return { lines, value: 'top + (bottom - top) * down.z' };
}
