/**
 * The three programs of a Winograd convolution; src/layout/winograd.ts says what they compute and
 * where it lies. A 3x3 filter, strides and dilations of 1.
 *
 * Each output depends on the inputs of its own window alone, as in a direct convolution: AT takes
 * from the components of a patch those that hold nothing else. Where an output is not finite all
 * the same (Infinity in the window, or an overflow), it is summed directly.
 */

import { positionOf, type Tile } from '../../../src/layout/tile.js';
import {
  COMPONENTS,
  PATCH,
  PRODUCT,
  SIDE,
  turnGroups,
  type WinogradLayout,
} from '../../../src/layout/winograd.js';
import { filterAccessGlsl } from '../glsl/filterAccess.js';
import { planeNames } from '../glsl/planeNames.js';
import { tileAccess } from '../glsl/tileAccess.js';
import { convEpilogue, type Fusion } from './epilogue.js';
import { type ProgramSource, programSource, range } from './source.js';
import { insideTexel, type Offset, offsetName, sumDeclarations, tileMasks } from './window.js';

/** V: the components of `SIDE` columns and 2 rows, from `row` on, of one part of an input tile. */
export interface WinogradInputSpec {
  readonly family: 'winogradInput';
  readonly in: Tile;
  /** Patch across in the tile, slice in the tile. */
  readonly part: { readonly x: number; readonly slice: number };
  readonly row: number;
  /** Padding on the left and on the top, modulo the input tile. */
  readonly padPhaseX: number;
  readonly padPhaseY: number;
}

/** M */
export interface WinogradProductsSpec extends Pick<WinogradLayout, 'parts'> {
  readonly family: 'winogradProducts';
}

/** y, with bias and activation. */
export interface WinogradOutputSpec extends Fusion {
  readonly family: 'winogradOutput';
  readonly in: Tile;
  readonly out: Tile;
  /** Patches across an input tile. */
  readonly across: number;
}

/** Rows of components that one draw of the input's program writes. */
export const INPUT_ROWS = 2;

type Matrix = readonly (readonly number[])[];

const BT: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const AT: Matrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

/** GLSL: the sum of some variables, each times 1, 0 or -1. */
function combined(signs: readonly number[], name: (i: number) => string): string {
  return signs
    .map((sign, i) => (sign === 0 ? '' : `${sign < 0 ? ' - ' : ' + '}${name(i)}`))
    .join('')
    .replace(/^ \+ /, '')
    .replace(/^ - /, '-');
}

export function winogradInputProgram(spec: WinogradInputSpec): ProgramSource {
  const { in: tile, part, row, padPhaseX, padPhaseY } = spec;
  const rows = range(INPUT_ROWS).map((i) => BT[row + i]);
  const read = range(SIDE).filter((i) => rows.some((signs) => signs[i] !== 0));
  const offset = (i: number, j: number): Offset => ({
    x: part.x * PATCH + j - padPhaseX,
    y: i - padPhaseY,
  });
  const pixel = (i: number, j: number) => offsetName(offset(i, j));
  const all = read.flatMap((i) => range(SIDE).map((j) => offset(i, j)));
  return programSource({
    samplers: planeNames('x', tile),
    targets: INPUT_ROWS * SIDE,
    layouts: ['x', 'out'],
    chunks: ['uniform ivec2 padTiles;  // whole input tiles of padding, left and top'],
    body: [
      '  ivec3 tile = tileOf(outLayout, ivec2(gl_FragCoord.xy));',
      '  int n = tile.z / outLayout.grid.z;',
      '  int group = tile.z - n * outLayout.grid.z;',
      '  uvec4 known = uvec4(maskOf(group < xLayout.grid.z));',
      '  ivec2 origin = tile.xy - padTiles;',
      tileMasks(tile, all),
      '  vec2 at = coordinates(xLayout, imageStart(xLayout, n * xLayout.grid.z + group) + origin);',
      ...all.map((o) => `  vec4 ${offsetName(o)} = ${insideTexel(tile, part.slice, o)};`),
      ...rows.flatMap((down, r) => [
        ...range(SIDE).map((j) => `  vec4 row${r}_${j} = ${combined(down, (i) => pixel(i, j))};`),
        ...BT.map(
          (across, c) =>
            `  target${r * SIDE + c} = masked(${combined(across, (j) => `row${r}_${j}`)}, known);`,
        ),
      ]),
    ].join('\n'),
  });
}

const stackGlsl = /* glsl */ `
uniform int stack;    // texels from a component of M to the next, down
uniform ivec2 bands;  // bands of patches across and down
`;

export function winogradProductsProgram(spec: WinogradProductsSpec): ProgramSource {
  const { parts } = spec;
  const sums = { w: PRODUCT.patches, h: 1, c: PRODUCT.slices };
  return programSource({
    samplers: ['v', 'weights'],
    arrays: ['v'],
    targets: PRODUCT.patches * PRODUCT.slices,
    layouts: ['v', 'out'],
    chunks: [filterAccessGlsl, stackGlsl],
    body: [
      /* glsl */ `
  ivec2 texel = ivec2(gl_FragCoord.xy);
  int component = texel.y / stack;
  ivec3 tile = tileOf(outLayout, texel - ivec2(0, component * stack));
  int n = tile.z / outLayout.grid.z;
  int weightsRow = component * outLayout.grid.z + tile.z - n * outLayout.grid.z;
  float layer = float(component);`,
      ...range(bandsOf(spec)).map(
        (b) =>
          `  vec2 band${b} = vec2(ivec2(${b} % bands.x, ${b} / bands.x) * outLayout.grid.xy) * vLayout.texel;`,
      ),
      sumDeclarations(sums),
      `  for (int group = 0; group < vLayout.grid.z; group += ${turnGroups(parts)}) {`,
      ...range(turnGroups(parts)).flatMap((i) =>
        range(parts.slices).map((slice) => productsOfSlice(spec, i, slice)),
      ),
      '  }',
      ...range(PRODUCT.patches * PRODUCT.slices).map((i) => `  target${i} = sum${i};`),
    ].join('\n'),
  });
}

/** Bands of a layer of V: with the parts across, as many as a fragment has patches. */
function bandsOf({ parts }: WinogradProductsSpec): number {
  return PRODUCT.patches / parts.across;
}

function productsOfSlice(spec: WinogradProductsSpec, group: number, slice: number): string {
  const { across, slices } = spec.parts;
  const lines = [
    `vec2 w = weightsAt(weightsRow, group * ${slices} + ${group * slices + slice});`,
    `ivec2 start = imageStart(vLayout, n * vLayout.grid.z + group + ${group});`,
    'vec2 at = coordinates(vLayout, start + tile.xy);',
  ];
  for (const i of range(PRODUCT.patches)) {
    const part = slice * across + Math.floor(i / bandsOf(spec));
    const layer = `layer + ${part * COMPONENTS}.0`;
    lines.push(`vec4 x${i} = texture(v, vec3(at + band${i % bandsOf(spec)}, ${layer}));`);
  }
  for (const q of range(PRODUCT.slices)) {
    lines.push('{');
    for (const lane of range(4)) {
      const at = `w + vec2(${4 * q + lane}.0 * weightsLayout.texel.x, 0.0)`;
      lines.push(`  vec4 w${lane} = texture(weights, ${at});`);
    }
    for (const i of range(PRODUCT.patches)) {
      // Added one by one, as in conv2d.ts.
      for (const lane of range(4)) {
        lines.push(`  sum${q * PRODUCT.patches + i} += x${i}.${'xyzw'[lane]} * w${lane};`);
      }
    }
    lines.push('}');
  }
  return ['    {', ...lines.map((line) => `      ${line}`), '    }'].join('\n');
}

export function winogradOutputProgram(spec: WinogradOutputSpec): ProgramSource {
  const { in: input, out } = spec;
  const epilogue = convEpilogue(spec, out);
  const patches = range(out.w / PATCH).flatMap((x) => range(out.c).map((q) => ({ x, q })));
  return programSource({
    samplers: ['m', ...planeNames('x', input), 'weights', ...epilogue.samplers],
    arrays: ['m'],
    targets: out.w * out.h * out.c,
    layouts: ['m', 'x', 'out'],
    chunks: [
      stackGlsl,
      placeGlsl(spec),
      tileAccess('x', input),
      filterAccessGlsl,
      directGlsl(out),
      ...epilogue.chunks,
    ],
    body: [
      /* glsl */ `
  ivec3 tile = tileOf(outLayout, ivec2(gl_FragCoord.xy));
  int n = tile.z / outLayout.grid.z;
  int outSlice = (tile.z - n * outLayout.grid.z) * ${out.c};
  vec3 step = vec3(0.0, float(stack) * mLayout.texel.y, 0.0);`,
      sumDeclarations(out),
      ...patches.map(({ x, q }) => outputsOfPatch(out, x, q)),
      repairs(out),
      epilogue.body,
    ].join('\n'),
  });
}

function outputsOfPatch(out: Tile, x: number, q: number): string {
  const lines = [
    `vec3 at = placeOf(n, outSlice + ${q}, ivec2(tile.x * ${out.w / PATCH} + ${x}, tile.y));`,
    ...range(COMPONENTS).map((c) => `vec4 m${c} = texture(m, at + ${c}.0 * step);`),
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

/** GLSL: where component 0 of a patch lies in M. */
function placeGlsl({ across }: WinogradOutputSpec): string {
  return /* glsl */ `
vec3 placeOf(int n, int slice, ivec2 patchAt) {
  ivec2 place = ivec2(patchAt.x / ${across}, patchAt.y);
  ivec2 band = place / mLayout.grid.xy;
  ivec2 start = imageStart(mLayout, n * mLayout.grid.z + slice / ${PRODUCT.slices});
  int part = patchAt.x - place.x * ${across};
  int layer = (slice % ${PRODUCT.slices}) * ${PRODUCT.patches} + (part * bands.y + band.y) * bands.x + band.x;
  return vec3(coordinates(mLayout, start + place - band * mLayout.grid.xy), layer);
}
`;
}

/** GLSL: an output as a direct convolution sums it. */
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

/** GLSL: sums that are of the tensor and not finite, anew. A loop of no turns costs nothing. */
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
    `    vec4 sum = directly(n, outSlice / ${out.c}, q, place);`,
    ...planes.map(
      (plane) =>
        `    sum${plane} = mix(sum${plane}, sum, bvec4(odd${plane} && plane == ${plane}));`,
    ),
    '  }',
  ].join('\n');
}
