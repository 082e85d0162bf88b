/**
 * Program that moves values between planes: each value of the result is the value of x at the index
 * that an index map (indexMap.ts) gives, or `fill`. Each step is spelt out once for every place of a
 * tile that its value depends on, so that what depends on the row alone is computed once a row.
 */

import { fourChannelsGlsl } from '../glsl/fourChannels.js';
import type { IndexStep } from '../layout/indexMap.js';
import { planeNames } from '../layout/planeNames.js';
import { sliceAccess } from '../layout/sliceAccess.glsl.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { MapLines, type MovedInput, type MoveSpec, numbersOf } from './moveLines.js';
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
  const lines = new MapLines(spec);
  const numbers = map.flatMap(numbersOf).length;
  const end = epilogue(steps, out);
  const inputs: [string, Pick<MovedInput, 'in' | 'keepsPixels'>][] = [['x', spec]];
  if (joined !== undefined) inputs.push(['next', joined]);
  if (has('looked')) inputs.push(['indices', { in: indicesTile }]);
  return programSource({
    samplers: [...inputs.map(([name, input]) => planeNames(name, input.in)), ...end.samplers],
    targets: out.w * out.h * out.c,
    layouts: [...inputs.map(([name]) => name), 'out'],
    chunks: [
      ...range(numbers).map((i) => `uniform int number${i};`),
      joined === undefined
        ? 'uniform float fill;'
        : 'uniform ivec2 window;  // first place, place after it',
      ...(typeof fetch === 'string'
        ? []
        : ['uniform ivec4 lanes;  // channel of each lane, from that of the first one']),
      ...inputs.map(([name, input]) =>
        (input.keepsPixels ? sliceAccess : tileAccess)(name, input.in),
      ),
      ...(has('looked') ? [indexOf] : []),
      ...(has('mirrored') ? [mirrored] : []),
      ...(fetch === 'run' ? [fourChannelsGlsl] : []),
      ...end.chunks,
    ],
    body: [
      tileCoordinates(out),
      ...(joined === undefined ? [] : [skipOthers(out, joined.along)]),
      ...range(out.h).map((py) => `  int py${py} = tile.y * ${out.h} + ${py};`),
      ...range(out.w).map((px) => `  int px${px} = tile.x * ${out.w} + ${px};`),
      ...lines.outside,
      ...range(out.c).flatMap((pc) =>
        fetch === 'lanes' ? lanes(lines, out, pc) : slice(lines, out, pc),
      ),
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

/** Returns GLSL that fetches slice `pc` of every pixel of the tile. */
function slice(lines: MapLines, tile: Tile, pc: number): string[] {
  return [
    `  int pc${pc} = 4 * (outSlice + ${pc});`,
    ...lines.ofSlice(pc),
    ...lines.fetches(planesOfSlice(tile, pc).map((plane) => positionOf(tile, plane))),
    ...planesOfSlice(tile, pc).map(
      (plane) => `  vec4 sum${plane} = ${lines.fetched(positionOf(tile, plane))};`,
    ),
  ];
}

/** Returns GLSL that fetches slice `pc` of every pixel of the tile lane by lane. */
function lanes(lines: MapLines, tile: Tile, pc: number): string[] {
  const planes = planesOfSlice(tile, pc);
  return [
    ...planes.map((plane) => `  vec4 sum${plane} = vec4(0.0);`),
    // No compiler knows how often, so that none spells the loop out: what they make is compiled slowly.
    `  int lanes${pc}Count = min(4, outLayout.extent.w - 4 * (outSlice + ${pc}));`,
    `  for (int lane = 0; lane < lanes${pc}Count; ++lane) {`,
    `  int pc${pc} = 4 * (outSlice + ${pc}) + lane;`,
    ...lines.ofSlice(pc),
    ...planes.map((plane) => `  sum${plane}[lane] = ${lines.fetched(positionOf(tile, plane))};`),
    '  }',
  ];
}

function planesOfSlice({ w, h }: Tile, pc: number): number[] {
  return range(w * h).map((pixel) => pc * w * h + pixel);
}
