/**
 * Program that concatenates two consecutive inputs, `a` and `b`, along channels, in the tile of the
 * result. One draw writes the groups of slices `groups.x` to `groups.y - 1`, whose channels all
 * come from these two inputs, and leaves the other groups to other draws.
 */

import { fourChannelsGlsl } from '../glsl/fourChannels.js';
import { planeNames } from '../layout/planeNames.js';
import { sliceAccess } from '../layout/sliceAccess.glsl.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import { keepsZero, type Stepped } from './steps.js';

export interface ConcatSpec extends Stepped {
  readonly family: 'concat';
  readonly tile: Tile;
  /** True if a and b begin at a group of the result, so that slices keep their planes. */
  readonly aligned: boolean;
}

export function concatProgram({ tile, aligned, steps }: ConcatSpec): ProgramSource {
  // Both inputs are zero outside.
  const { samplers, chunks, body } = epilogue(steps, tile, steps.every(keepsZero));
  const sums = planeNames('sum', tile);
  return programSource({
    samplers: [planeNames('a', tile), planeNames('b', tile), ...samplers],
    targets: sums.length,
    layouts: ['a', 'b', 'out'],
    chunks: [
      uniforms,
      ...(aligned ? [] : [sliceAccess('a', tile), sliceAccess('b', tile), fourChannelsGlsl]),
      ...chunks,
    ],
    body: [
      tileCoordinates(tile),
      skipOthers,
      ...sums.map((sum) => `  vec4 ${sum};`),
      aligned ? wholeGroups(tile) : parts(tile),
      body,
    ].join('\n'),
  });
}

const uniforms = /* glsl */ `
uniform ivec2 groups;
uniform ivec2 firstChannels;  // of a and of b, in the result
`;

const skipOthers = '  if (outGroup < groups.x || outGroup >= groups.y) discard;';

function wholeGroups(tile: Tile): string {
  return /* glsl */ `
  ivec2 from = outGroup - firstChannels / ${4 * tile.c};
  if (from.y < 0) {
${copy('a', 'from.x', tile)}
  } else {
${copy('b', 'from.y', tile)}
  }`;
}

function copy(name: string, group: string, tile: Tile): string {
  const image = `imageStart(${name}Layout, n * ${name}Layout.grid.z + ${group})`;
  return [
    `    vec2 at = coordinates(${name}Layout, ${image} + tile.xy);`,
    ...planeNames(name, tile).map((plane, index) => `    sum${index} = texture(${plane}, at);`),
  ].join('\n');
}

/** Returns GLSL for every slice of the result: the channels of a, then the channels of b. */
function parts(tile: Tile): string {
  const { w, h, c } = tile;
  const pixels = range(w * h).map((pixel) => {
    const slices = ['a', 'b'].flatMap((name) => [
      ...range(c).map((q) => `    vec4 ${name}_${q} = ${fetch(name, pixel, q)};`),
      `    vec4 ${name}_${c} = ${name}Lane == 0 ? vec4(0.0) : ${fetch(name, pixel, c)};`,
    ]);
    const { px, py } = positionOf(tile, pixel);
    const sums = range(c).map((q) => {
      const [a, b] = ['a', 'b'].map((x) => `fourChannels(${x}_${q}, ${x}_${q + 1}, ${x}Lane)`);
      return `    sum${(q * h + py) * w + px} = mix(${a}, ${b}, ofB${q});`;
    });
    return ['  {', ...slices, ...sums, '  }'].join('\n');
  });
  const ofB = range(c).map(
    (q) =>
      `  bvec4 ofB${q} = greaterThanEqual(channel + ${4 * q} + ivec4(0, 1, 2, 3), ivec4(firstChannels.y));`,
  );
  return ['  int channel = 4 * outSlice;', sources, ...ofB, ...pixels].join('\n');
}

const sources = /* glsl */ `
  int aSlice = (channel - firstChannels.x) >> 2;
  int bSlice = (channel - firstChannels.y) >> 2;
  int aLane = (channel - firstChannels.x) & 3;
  int bLane = (channel - firstChannels.y) & 3;`;

function fetch(name: string, pixel: number, q: number): string {
  return `${name}Slice${pixel}(n, ${name}Slice + ${q}, tile.xy)`;
}
