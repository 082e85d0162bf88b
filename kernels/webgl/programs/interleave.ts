/**
 * Program that takes channels from two inputs in turn: channel 2i of the result is channel i of `a`, and
 * channel 2i + 1 is channel i of `b`. All are in one tile. It is a channel shuffle of both, concatenated.
 */
import { planeNames } from '../layout/planeNames.js';
import { sliceAccess } from '../layout/sliceAccess.glsl.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';

export interface InterleaveSpec {
  readonly family: 'interleave';
  readonly tile: Tile;
}

export function interleaveProgram({ tile }: InterleaveSpec): ProgramSource {
  const { w, h, c } = tile;
  const planes = range(w * h * c);
  // Two slices of the result come from one slice of each input.
  const areTwo = c % 2 === 0;
  const slices = range(areTwo ? c / 2 : c);
  const fetches = range(w * h).flatMap((pixel) =>
    slices.flatMap((q) => {
      const slice = areTwo ? `outSlice / 2 + ${q}` : `(outSlice + ${q}) / 2`;
      return ['a', 'b'].map(
        (name) => `  vec4 ${name}${pixel}_${q} = ${name}Slice${pixel}(n, ${slice}, tile.xy);`,
      );
    }),
  );
  const stores = planes.map((plane) => {
    const { px, py, pc } = positionOf(tile, plane);
    const from = `${py * w + px}_${areTwo ? pc >> 1 : pc}`;
    const [first, second] = ['xy', 'zw'].map((pair) => inTurn(from, pair));
    const value = areTwo
      ? [first, second][pc % 2]
      : `(outSlice + ${pc}) % 2 == 0 ? ${first} : ${second}`;
    return `  target${plane} = ${value};`;
  });
  return programSource({
    samplers: [planeNames('a', tile), planeNames('b', tile)],
    targets: planes.length,
    layouts: ['a', 'b', 'out'],
    chunks: [sliceAccess('a', tile), sliceAccess('b', tile)],
    body: [tileCoordinates(tile), ...fetches, ...stores].join('\n'),
  });
}

/** Returns GLSL of two channels of both inputs, in turn. */
function inTurn(from: string, pair: string): string {
  return `vec4(a${from}.${pair}, b${from}.${pair}).xzyw`;
}
