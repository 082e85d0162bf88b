/**
 * Program that moves a tensor by a constant along each axis:
 *
 *     y(n, y, x, c) = x(n + start.x, y + start.y, x + start.z, c + start.w)
 *
 * with `fill` at pixels that x does not have. A slice starts inside x, a padded tensor before it.
 * x and y are in the same tile, so that the plane of every pixel is known when the text is written.
 * The start modulo the tile is part of the spec.
 */

import { fourChannelsGlsl } from '../glsl/fourChannels.js';
import { planeNames } from '../layout/planeNames.js';
import { sliceAccess } from '../layout/sliceAccess.glsl.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { epilogue } from './epilogue.js';
import { modulo, type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';

export interface ShiftSpec extends Stepped {
  readonly family: 'shift';
  readonly tile: Tile;
  /** start.z and start.y modulo the tile. */
  readonly phaseX: number;
  readonly phaseY: number;
  /** True if start.w is a multiple of the channels of a tile, so that slices keep their planes. */
  readonly aligned: boolean;
}

/** Place in x of the first value of the result. */
export interface Start {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export function shiftSpec(tile: Tile, start: Start): ShiftSpec {
  return {
    family: 'shift',
    tile,
    phaseX: modulo(start.width, tile.w),
    phaseY: modulo(start.height, tile.h),
    aligned: start.channels % (4 * tile.c) === 0,
    steps: [],
  };
}

export function shiftUniforms({ w, h }: Tile, start: Start, fill = 0) {
  const { batch, height, width, channels } = start;
  return {
    start: [batch, height, width, channels],
    startTile: [Math.floor(width / w), Math.floor(height / h)],
    fill,
  };
}

export function shiftProgram(spec: ShiftSpec): ProgramSource {
  const { tile, aligned, steps } = spec;
  const planes = planeNames('x', tile);
  const { samplers, chunks, body } = epilogue(steps, tile);
  const values = planes.map((_, plane) => {
    const { px, py, pc } = positionOf(tile, plane);
    const from = sourceOf(spec, px, py);
    const texel = aligned
      ? `texture(${planes[pc * tile.w * tile.h + from.pixel]}, at + vec2(${from.step}) * xLayout.texel)`
      : `fourChannels(x${px}_${py}_${pc}, x${px}_${py}_${pc + 1}, lane)`;
    return `  vec4 sum${plane} = mix(vec4(fill), ${texel}, bvec4(insideX${px} && insideY${py}));`;
  });
  return programSource({
    samplers: [planes, ...samplers],
    targets: planes.length,
    layouts: ['x', 'out'],
    chunks: [uniforms, ...(aligned ? [] : [sliceAccess('x', tile), fourChannelsGlsl]), ...chunks],
    body: [
      tileCoordinates(tile),
      '  ivec2 origin = tile.xy + startTile;',
      `  ivec2 firstPixel = tile.xy * ivec2(${tile.w}, ${tile.h}) + start.zy;`,
      ...range(tile.w).map((px) => inside('X', px, 'z')),
      ...range(tile.h).map((py) => inside('Y', py, 'y')),
      ...(aligned ? [alignedPlace(tile)] : sliceFetches(spec)),
      ...values,
      body,
    ].join('\n'),
  });
}

const uniforms = /* glsl */ `
uniform ivec4 start;      // batch element, row, column and channel of x where the result begins
uniform ivec2 startTile;  // column and row of the tile that start lies in
uniform float fill;
`;

function inside(axis: 'X' | 'Y', offset: number, size: 'y' | 'z'): string {
  const pixel = `firstPixel.${axis.toLowerCase()} + ${offset}`;
  return `  bool inside${axis}${offset} = ${pixel} >= 0 && ${pixel} < xLayout.extent.${size};`;
}

function alignedPlace({ c }: Tile): string {
  return /* glsl */ `
  int image = (n + start.x) * xLayout.grid.z + outGroup + start.w / ${4 * c};
  vec2 at = coordinates(xLayout, imageStart(xLayout, image) + origin);`;
}

/** Returns GLSL that fetches the slices of every pixel of the tile, and the next if lanes move. */
function sliceFetches(spec: ShiftSpec): string[] {
  const { w, h, c } = spec.tile;
  return [
    '  int channel = 4 * outSlice + start.w;',
    '  int slice = channel / 4;',
    '  int lane = channel % 4;',
    ...range(w * h).flatMap((at) => {
      const { px, py } = positionOf(spec.tile, at);
      const { pixel, step } = sourceOf(spec, px, py);
      const fetch = (q: number) =>
        `xSlice${pixel}(n + start.x, slice + ${q}, origin + ivec2(${step}))`;
      return [
        ...range(c).map((q) => `  vec4 x${px}_${py}_${q} = ${fetch(q)};`),
        `  vec4 x${px}_${py}_${c} = lane == 0 ? vec4(0.0) : ${fetch(c)};`,
      ];
    }),
  ];
}

/** Returns the source of pixel (px, py) of a tile: a pixel, and the number of tiles to its tile. */
function sourceOf({ tile: { w, h }, phaseX, phaseY }: ShiftSpec, px: number, py: number) {
  const [x, y] = [px + phaseX, py + phaseY];
  return {
    pixel: (y % h) * w + (x % w),
    step: `${Math.floor(x / w)}, ${Math.floor(y / h)}`,
  };
}
