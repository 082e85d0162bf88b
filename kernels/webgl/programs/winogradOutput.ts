/**
 * The last program of a Winograd convolution (winograd.ts), which computes the outputs from the
 * sums of products.
 *
 * Each output depends on the inputs of its own window alone, as in a direct convolution, because AT
 * uses only the components of a patch that hold nothing else. If an output is not finite (Infinity
 * in its window, or an overflow), it is summed directly.
 */

import { filterAccessGlsl } from '../layout/filterAccess.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { COMPONENTS, PATCH, PRODUCT, SIDE } from '../layout/winograd.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';
import { sumDeclarations } from './windowFetches.js';
import { combined, type Matrix, stackGlsl } from './winograd.js';

/** Program of y, with its epilogue steps. */
export interface WinogradOutputSpec extends Stepped {
  readonly family: 'winogradOutput';
  readonly in: Tile;
  readonly out: Tile;
  /** Patches across an input tile. */
  readonly across: number;
}

const AT: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

export function winogradOutputProgram(spec: WinogradOutputSpec): ProgramSource {
  const { in: input, out } = spec;
  const end = epilogue(spec.steps, out);
  const patches = range(out.w / PATCH).flatMap((x) => range(out.c).map((q) => ({ x, q })));
  return programSource({
    samplers: ['m', planeNames('x', input), 'weights', ...end.samplers],
    arrays: ['m'],
    targets: out.w * out.h * out.c,
    layouts: ['m', 'x', 'out'],
    chunks: [
      stackGlsl,
      placeGlsl(spec),
      tileAccess('x', input),
      filterAccessGlsl,
      directGlsl(out),
      ...end.chunks,
    ],
    body: [
      tileCoordinates(out),
      '  vec3 down = vec3(0.0, float(stack) * mLayout.texel.y, 0.0);',
      sumDeclarations(out),
      ...patches.map(({ x, q }) => outputsOfPatch(out, x, q)),
      repairs(out),
      end.body,
    ].join('\n'),
  });
}

function outputsOfPatch(out: Tile, x: number, q: number): string {
  const lines = [
    `vec3 at = placeOf(n, outSlice + ${q}, ivec2(tile.x * ${out.w / PATCH} + ${x}, tile.y));`,
    ...range(COMPONENTS).map((c) => `vec4 m${c} = texture(m, at + ${c}.0 * down);`),
  ];
  for (const j of range(PATCH)) {
    for (const c of range(SIDE)) {
      lines.push(`vec4 row${j}_${c} = ${combined(AT[j], (r) => `m${r * SIDE + c}`)};`);
    }
    for (const i of range(PATCH)) {
      const plane = (q * out.h + j) * out.w + x * PATCH + i;
      lines.push(`sum${plane} = ${combined(AT[i], (c) => `row${j}_${c}`)};`);
    }
  }
  return ['  {', ...lines.map((line) => `    ${line}`), '  }'].join('\n');
}

/** Returns GLSL for the place of component 0 of a patch in M. */
function placeGlsl({ across }: WinogradOutputSpec): string {
  return /* glsl */ `
vec3 placeOf(int n, int slice, ivec2 patchAt) {
  ivec2 place = ivec2(patchAt.x / ${across}, patchAt.y);
  ivec2 band = place / mLayout.grid.xy;
  ivec2 start = imageStart(mLayout, n * mLayout.grid.z + slice / ${PRODUCT.slices}, place.x);
  int part = patchAt.x - place.x * ${across};
  int layer = (slice % ${PRODUCT.slices}) * ${PRODUCT.patches} + (part * bands.y + band.y) * bands.x + band.x;
  return vec3(coordinates(mLayout, start + place - band * mLayout.grid.xy), layer);
}
`;
}

/** Returns GLSL that sums an output as a direct convolution does. */
function directGlsl({ c }: Tile): string {
  return /* glsl */ `
uniform ivec2 padding;  // left and top

bool isFinite4(vec4 v) {
  return all(lessThan(floatBitsToUint(v) & uvec4(0x7f800000u), uvec4(0x7f800000u)));
}

vec4 directly(int n, int outGroup, int q, ivec2 place) {
  vec4 sum = vec4(0.0);
  ivec2 size = xLayout.extent.zy;
  for (int s = 0; 4 * s < xLayout.extent.w; ++s) {
    vec2 w = weightsAt(outGroup, s) + vec2(float(4 * q) * weightsLayout.texel.x, 0.0);
    for (int tap = 0; tap < 9; ++tap) {
      ivec2 pixel = place - padding + ivec2(tap % 3, tap / 3);
      bool inside = pixel.x >= 0 && pixel.y >= 0 && pixel.x < size.x && pixel.y < size.y;
      ivec2 kept = min(max(pixel, ivec2(0)), size - 1);
      vec4 v = masked(xAt(n, s, kept.y, kept.x), uvec4(maskOf(inside)));
      for (int lane = 0; lane < 4; ++lane) {
        sum += v[lane] * texture(weights, w + vec2(float(${4 * c} * tap + lane) * weightsLayout.texel.x, 0.0));
      }
    }
  }
  return sum;
}
`;
}

/**
 * Returns GLSL that recomputes the sums that are inside the tensor and not finite. If there are
 * none, the loop has no turns and costs nothing.
 */
function repairs(out: Tile): string {
  const planes = range(out.w * out.h * out.c);
  const place = ({ px, py }: { px: number; py: number }) =>
    `tile.xy * ivec2(${out.w}, ${out.h}) + ivec2(${px}, ${py})`;
  const flags = planes.map((plane) => {
    const { px, py } = positionOf(out, plane);
    const inside = `all(lessThan(${place({ px, py })}, outLayout.extent.zy))`;
    return `  bool odd${plane} = !isFinite4(sum${plane}) && ${inside};`;
  });
  return [
    ...flags,
    `  int turns = ${planes.map((plane) => `odd${plane}`).join(' || ')} ? ${planes.length} : 0;`,
    '  for (int plane = 0; plane < turns; ++plane) {',
    `    int q = plane / ${out.w * out.h};`,
    `    ivec2 place = tile.xy * ivec2(${out.w}, ${out.h}) + ivec2(plane % ${out.w}, plane / ${out.w} % ${out.h});`,
    `    vec4 sum = directly(n, outGroup, q, place);`,
    ...planes.map(
      (plane) =>
        `    sum${plane} = mix(sum${plane}, sum, bvec4(odd${plane} && plane == ${plane}));`,
    ),
    '  }',
  ].join('\n');
}
