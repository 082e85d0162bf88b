/**
 * Program of element-wise steps on a tensor that is in planes. The result has the same layout, or a
 * larger one, over which the tensor is broadcast.
 */

import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { operandText } from './operandText.js';
import { type ProgramSource, programSource, tileCoordinates } from './source.js';
import { keepsZero, type Stepped, type TextureBroadcast } from './steps.js';

export interface ElementwiseSpec extends Stepped {
  readonly family: 'elementwise';
  /** Tile of the result. */
  readonly tile: Tile;
  /** Broadcast of the tensor; it has the layout of the result if it is not given. */
  readonly from?: Exclude<TextureBroadcast, 'same'>;
}

export function elementwiseProgram({ tile, from, steps }: ElementwiseSpec): ProgramSource {
  if (from !== undefined) return broadcastProgram(tile, from, steps);
  const planes = planeNames('x', tile);
  const zeroOutside = steps.every(keepsZero);
  const { samplers, chunks, body } = epilogue(steps, tile, zeroOutside ? 'tiles' : undefined);
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

function broadcastProgram(
  tile: Tile,
  from: NonNullable<ElementwiseSpec['from']>,
  steps: Stepped['steps'],
): ProgramSource {
  const x = operandText('x', from, tile);
  const { samplers, chunks, body } = epilogue(steps, tile);
  const sums = planeNames('sum', tile).map(
    (sum, plane) => `  vec4 ${sum} = ${x.value(plane, positionOf(tile, plane).pc)};`,
  );
  return programSource({
    samplers: [...x.samplers, ...samplers],
    targets: sums.length,
    layouts: ['out'],
    chunks: [...x.chunks, ...chunks],
    body: [tileCoordinates(tile), ...x.before, ...sums, body].join('\n'),
  });
}
