/**
 * Programs that find the k largest values of rows. A row is one pixel of a batch element, its values are
 * the channels, and it is cut into blocks of slices. The first program computes the rank of each value in
 * its block: the number of values that come before it in descending order, of equal ones the first. The
 * second one lists the values of the first k ranks of each block, block by block. As tfjs's order of NaN
 * depends on its way to sort, NaN counts as the least number here.
 */
import { nanGlsl } from '../glsl/nan.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { maskedStores, type ProgramSource, programSource, tileCoordinates } from './source.js';

/** Tile of rows and of their lists. */
export const rowsTile: Tile = { w: 1, h: 1, c: 1 };

/** Program of the ranks of x, in the layout of x. */
export interface RankSpec {
  readonly family: 'rank';
}

export function rankProgram(_: RankSpec): ProgramSource {
  return programSource({
    samplers: [planeNames('x', rowsTile)],
    targets: 1,
    layouts: ['x', 'out'],
    chunks: [nanGlsl, tileAccess('x', rowsTile), blockGlsl, ranks],
    body: [tileCoordinates(rowsTile), '  vec4 rank = ranksOf(n, outSlice);', stored('rank')].join(
      '\n',
    ),
  });
}

/**
 * Program of the lists: of the places in the row, or of the values that another tensor in the layout of
 * the ranks has there.
 */
export interface RankedSpec {
  readonly family: 'ranked';
  readonly of: 'places' | 'values';
}

export function rankedProgram({ of }: RankedSpec): ProgramSource {
  const names = of === 'values' ? ['ranks', 'values'] : ['ranks'];
  return programSource({
    samplers: names.map((name) => planeNames(name, rowsTile)),
    targets: 1,
    layouts: [...names, 'out'],
    chunks: [...names.map((name) => tileAccess(name, rowsTile)), blockGlsl, places],
    body: [
      tileCoordinates(rowsTile),
      '  vec4 listed = vec4(0.0);',
      '  for (int lane = 0; lane < 4; ++lane) {',
      '    int place = placeOf(n, 4 * outSlice + lane);',
      of === 'values'
        ? '    listed[lane] = valuesAt(n, place >> 2, 0, 0)[place & 3];'
        : '    listed[lane] = float(place);',
      '  }',
      stored('listed'),
    ].join('\n'),
  });
}

function stored(value: string): string {
  return maskedStores([value], rowsTile).join('\n');
}

const blockGlsl = /* glsl */ `
uniform ivec2 block;  // slices of a block, values that are listed of it
`;

const ranks = /* glsl */ `
vec4 numbersAt(int n, int slice) {
  vec4 least = vec4(uintBitsToFloat(0xff800000u));
  vec4 v = xAt(n, slice, 0, 0);
  return mix(least, mix(v, least, isNaN4(v)), channelLanes(xLayout, slice));
}

vec4 larger(float v, vec4 own) { return vec4(greaterThan(vec4(v), own)); }
vec4 notSmaller(float v, vec4 own) { return vec4(greaterThanEqual(vec4(v), own)); }

vec4 ranksOf(int n, int slice) {
  int first = slice / block.x * block.x;
  int end = min(first + block.x, xLayout.grid.z);
  vec4 own = numbersAt(n, slice);
  vec4 before = vec4(0.0);
  for (int s = first; s < slice; ++s) {
    vec4 v = numbersAt(n, s);
    before += notSmaller(v.x, own) + notSmaller(v.y, own) + notSmaller(v.z, own) + notSmaller(v.w, own);
  }
  for (int s = slice + 1; s < end; ++s) {
    vec4 v = numbersAt(n, s);
    before += larger(v.x, own) + larger(v.y, own) + larger(v.z, own) + larger(v.w, own);
  }
  // Equal values in this slice come in the order of their lanes.
  before += mix(larger(own.x, own), notSmaller(own.x, own), bvec4(false, true, true, true));
  before += mix(larger(own.y, own), notSmaller(own.y, own), bvec4(false, false, true, true));
  before += mix(larger(own.z, own), notSmaller(own.z, own), bvec4(false, false, false, true));
  return before + larger(own.w, own);
}
`;

const places = /* glsl */ `
int placeOf(int n, int listed) {
  int number = quotient(listed, block.y);
  vec4 rank = vec4(float(listed - number * block.y));
  int first = number * block.x;
  int end = min(first + block.x, ranksLayout.grid.z);
  vec4 found = vec4(0.0);
  for (int s = first; s < end; ++s) {
    vec4 at = vec4(float(4 * s)) + vec4(0.0, 1.0, 2.0, 3.0);
    // Past the row there are zeros, which are no ranks.
    vec4 hits = mix(vec4(0.0), at, equal(ranksAt(n, s, 0, 0), rank));
    found += masked(hits, maskOf4(channelLanes(ranksLayout, s)));
  }
  return int(found.x + found.y + found.z + found.w);
}
`;
