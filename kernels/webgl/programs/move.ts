/**
 * Program that moves values between planes: each value of the result is the value of x at the index
 * that an index map (indexMap.ts) gives, or `fill`.
 */

import { fourChannelsGlsl } from '../glsl/fourChannels.js';
import type { IndexStep } from '../layout/indexMap.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { type KnownPlace, tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import {
  inputsOf,
  knownIn,
  type MovedInput,
  type MoveSpec,
  movedValue,
  numbersOf,
  speltAxes,
} from './moveLines.js';
import { planeLoop } from './planeLoop.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';

export type { MovedInput, MoveSpec };

/** Tile of the vector of indices, which are its channels. */
export const indicesTile: Tile = { w: 1, h: 1, c: 1 };

/** Returns the uniforms of the numbers of a map, of its lanes, and of the fill. */
export function moveUniforms(
  { numbers, lanes }: { readonly numbers: readonly number[]; readonly lanes: readonly number[] },
  fill = 0,
) {
  return Object.fromEntries([
    ['fill', fill],
    ['lanes', lanes],
    ...numbers.map((number, i) => [`number${i}`, number]),
  ]);
}

export function moveProgram(spec: MoveSpec): ProgramSource {
  const { out, map, steps, fetch, joined } = spec;
  const has = (op: IndexStep['op']) => map.some((step) => step.op === op);
  const numbers = map.flatMap(numbersOf).length;
  const end = epilogue(steps, out);
  const inputs = inputsOf(spec);
  const access = new Set<string>();
  const value = (known: KnownPlace) => {
    for (const [name, input] of inputs) {
      access.add(tileAccess(name, input.in, knownIn(input, known)));
    }
    return movedValue(spec, known);
  };
  const values = planeLoop(out, speltAxes(spec), value);
  const vector = has('looked') ? [planeNames('indices', indicesTile)] : [];
  return programSource({
    samplers: [
      ...inputs.map(([name, input]) => planeNames(name, input.in)),
      ...vector,
      ...end.samplers,
    ],
    targets: out.w * out.h * out.c,
    layouts: [...inputs.map(([name]) => name), ...(has('looked') ? ['indices'] : []), 'out'],
    chunks: [
      ...range(numbers).map((i) => `uniform int number${i};`),
      joined === undefined
        ? 'uniform float fill;'
        : 'uniform ivec2 window;  // first place, place after it',
      ...(typeof fetch === 'string'
        ? []
        : ['uniform ivec4 lanes;  // channel of each lane, from that of the first one']),
      ...access,
      ...(has('looked') ? [tileAccess('indices', indicesTile), indexOf] : []),
      ...(has('mirrored') ? [mirrored] : []),
      ...(fetch === 'run' ? [fourChannelsGlsl] : []),
      ...end.chunks,
    ],
    body: [
      tileCoordinates(out),
      ...(joined === undefined ? [] : [skipOthers(out, joined.along)]),
      values,
      end.body,
    ].join('\n'),
  });
}

function skipOthers({ w, h }: Tile, along: number): string {
  const first = ['n', `tile.y * ${h}`, `tile.x * ${w}`, '4 * outSlice'][along];
  return `  if (${first} < window.x || ${first} >= window.y) discard;`;
}

const mirrored = /* glsl */ `
// Places outside the result mirror to anything in range.
int mirrored(int place, int size, int repeated) {
  int back = place < 0 ? -place - repeated : place;
  int inside = back < size ? back : 2 * (size - 1) - back + repeated;
  return min(max(inside, 0), size - 1);
}
`;

const indexOf = /* glsl */ `
// Places outside the result have any index.
int indexOf(int place) {
  int inside = min(place, indicesLayout.extent.w - 1);
  return int(indicesAt(0, inside >> 2, 0, 0)[inside & 3]);
}
`;
