/**
 * Programs for the gradient of a depthwise conv2d with respect to its input:
 *
 *     dx(n, iy, ix, c) = sum over fy, fx, q of dy(n, y, x, c*multiplier + q) * w(fy, fx, c, q)
 *       where y*strideHeight = iy + padTop - fy and x*strideWidth = ix + padLeft - fx;
 *       taps for which y or x is not a whole number do not count
 *
 * The operand `x` is dy. The filter [filterHeight, filterWidth, channels, multiplier] is read as a tensor
 * [1, filterHeight, filterWidth, channels*multiplier] in tiles of 1x1x1.
 */
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import {
  maskedStores,
  type ProgramSource,
  programSource,
  range,
  tileCoordinates,
} from './source.js';
import {
  generalGeometry,
  offsetsOf,
  stepUniforms,
  type TransposedTaps,
  taps,
} from './transposed.js';
import { offsetName, planeOf, tileMasks } from './window.js';
import { insideTexel, sumDeclarations } from './windowFetches.js';

/**
 * Program for a multiplier of 1 and a tile of dx whose taps and planes of dy are known when the text is
 * written; `in.c` = `out.c`.
 */
export interface DepthwiseTransposedSpec extends TransposedTaps {
  readonly family: 'depthwiseTransposed';
}

export function depthwiseTransposedProgram(spec: DepthwiseTransposedSpec): ProgramSource {
  const { in: input, out } = spec;
  const planes = range(out.w * out.h * out.c);
  return programSource({
    samplers: [planeNames('x', input), 'weights'],
    targets: planes.length,
    layouts: ['x', 'weights', 'out'],
    chunks: [stepUniforms],
    body: [
      tileCoordinates(out),
      '  ivec2 origin = tile.xy * tileStep + padTiles;',
      sumDeclarations(out),
      tileMasks(input, offsetsOf(spec)),
      '  vec2 at = coordinates(xLayout, imageStart(xLayout, tile.z, origin.x) + origin);',
      ...range(out.c).map((q) => oneSlice(spec, q)),
      ...maskedStores(
        planes.map((plane) => `sum${plane}`),
        out,
      ),
    ].join('\n'),
  });
}

/** Returns GLSL for one slice: the texels that each tap reads, its weight, the products. */
function oneSlice(spec: DepthwiseTransposedSpec, q: number): string {
  const { in: input, out, filterWidth, filterHeight } = spec;
  const lines = [
    `vec2 w = coordinates(weightsLayout, imageStart(weightsLayout, outSlice + ${q}, 0));`,
  ];
  const known = new Set<string>();
  for (const { place, pixels } of taps(spec)) {
    for (const { offset } of pixels) {
      const name = offsetName(offset);
      if (known.has(name)) continue;
      known.add(name);
      lines.push(`vec4 ${name} = ${insideTexel(input, q, offset)};`);
    }
    if (pixels.length === 0) continue;
    const tap = filterHeight * filterWidth - 1 - place;
    const step = `vec2(${tap % filterWidth}, ${Math.floor(tap / filterWidth)})`;
    lines.push(
      '{',
      `  vec4 tap = texture(weights, w + ${step} * weightsLayout.texel);`,
      ...pixels.map(
        ({ i, j, offset }) => `  sum${planeOf(out, i, j, q)} += ${offsetName(offset)} * tap;`,
      ),
      '}',
    );
  }
  return ['  {', ...lines.map((line) => `    ${line}`), '  }'].join('\n');
}

/** Program for any stride, multiplier and tile of dy: a fragment computes one slice of one pixel. */
export interface GeneralDepthwiseTransposedSpec {
  readonly family: 'generalDepthwiseTransposed';
  readonly in: Tile;
}

export function generalDepthwiseTransposedProgram({
  in: input,
}: GeneralDepthwiseTransposedSpec): ProgramSource {
  const out: Tile = { w: 1, h: 1, c: 1 };
  return programSource({
    samplers: [planeNames('x', input), 'weights'],
    targets: 1,
    layouts: ['x', 'weights', 'out'],
    chunks: [generalGeometry, 'uniform int multiplier;', tileAccess('x', input), weightGlsl],
    body: [
      tileCoordinates(out),
      '  vec4 sum0 = vec4(0.0);',
      loops,
      ...maskedStores(['sum0'], out),
    ].join('\n'),
  });
}

const weightGlsl = /* glsl */ `
float weightOf(int channel, ivec2 tap) {
  ivec2 start = imageStart(weightsLayout, channel / 4, 0);
  return texture(weights, coordinates(weightsLayout, start + tap))[channel % 4];
}
`;

const loops = /* glsl */ `
  // Channels after the last are read as the last.
  ivec4 channels = min(4 * outSlice + ivec4(0, 1, 2, 3), outLayout.extent.w - 1) * multiplier;
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int y = tile.y + rowGeometry.z - fy;
    if (y < 0 || y % rowGeometry.y != 0 || y / rowGeometry.y >= xLayout.extent.y) continue;
    for (int fx = 0; fx < columnGeometry.x; ++fx) {
      int x = tile.x + columnGeometry.z - fx;
      if (x < 0 || x % columnGeometry.y != 0 || x / columnGeometry.y >= xLayout.extent.z) continue;
      for (int q = 0; q < multiplier; ++q) {
        for (int lane = 0; lane < 4; ++lane) {
          int channel = channels[lane] + q;
          vec4 v = xAt(n, channel / 4, y / rowGeometry.y, x / columnGeometry.y);
          sum0[lane] += v[channel % 4] * weightOf(channel, ivec2(fx, fy));
        }
      }
    }
  }`;
