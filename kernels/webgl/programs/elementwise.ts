/** Program of element-wise steps on a tensor that is in planes; the result has the same layout. */

import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { epilogue, keepsZero, type Stepped } from './epilogue.js';
import { type ProgramSource, programSource, tileCoordinates } from './source.js';

export interface ElementwiseSpec extends Stepped {
  readonly family: 'elementwise';
  readonly tile: Tile;
}

export function elementwiseProgram({ tile, steps }: ElementwiseSpec): ProgramSource {
  const planes = planeNames('x', tile);
  const zeroOutside = steps.every(keepsZero);
  const { samplers, chunks, body } = epilogue(steps, tile, zeroOutside);
  return programSource({
    samplers: [planes, ...samplers],
    targets: planes.length,
    layouts: ['x', 'out'],
    chunks,
    body: [
      '  vec2 at = gl_FragCoord.xy * xLayout.texel;',
      ...(zeroOutside ? [] : [tileCoordinates(tile)]),
      ...planes.map((plane, index) => `  vec4 sum${index} = texture(${plane}, at);`),
      body,
    ].join('\n'),
  });
}
