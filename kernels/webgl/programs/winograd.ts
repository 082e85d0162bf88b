/**
 * The first two programs of a Winograd convolution, for 3x3 filters whose strides and dilations are
 * all 1; kernels/webgl/layout/winograd.ts describes what they compute and where it is stored.
 */

import { filterAccessGlsl } from '../layout/filterAccess.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import {
  COMPONENTS,
  PATCH,
  PRODUCT,
  SIDE,
  turnGroups,
  type WinogradLayout,
} from '../layout/winograd.js';
import { type ProgramSource, programSource, range } from './source.js';
import { type Offset, offsetName, tileMasks } from './window.js';
import { insideTexel, sumDeclarations } from './windowFetches.js';

/**
 * Program of V: the components of `SIDE` columns and 2 rows, from `row` on, of one part of an input
 * tile.
 */
export interface WinogradInputSpec {
  readonly family: 'winogradInput';
  readonly in: Tile;
  /** Index of the patch across the tile, and of the slice in the tile. */
  readonly part: { readonly x: number; readonly slice: number };
  readonly row: number;
  /** Padding on the left and on the top, modulo the input tile. */
  readonly padPhaseX: number;
  readonly padPhaseY: number;
}

/** Program of M: the sums of products. */
export interface WinogradProductsSpec extends Pick<WinogradLayout, 'parts'> {
  readonly family: 'winogradProducts';
}

/** Number of rows of components that one draw of the input's program writes. */
export const INPUT_ROWS = 2;

export type Matrix = readonly (readonly number[])[];

const BT: Matrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];

/** Returns GLSL for the sum of some variables, each times 1, 0 or -1. */
export function combined(signs: readonly number[], name: (i: number) => string): string {
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
    samplers: [planeNames('x', tile)],
    targets: INPUT_ROWS * SIDE,
    layouts: ['x', 'out'],
    chunks: ['uniform ivec2 padTiles;  // whole input tiles of padding, left and top'],
    body: [
      '  ivec3 tile = tileOf(outLayout, ivec2(gl_FragCoord.xy));',
      '  int n = quotient(tile.z, outLayout.grid.z);',
      '  int group = tile.z - n * outLayout.grid.z;',
      '  uvec4 known = uvec4(maskOf(group < xLayout.grid.z));',
      '  ivec2 origin = tile.xy - padTiles;',
      tileMasks(tile, all),
      '  vec2 at = coordinates(xLayout, imageStart(xLayout, n * xLayout.grid.z + group, origin.x) + origin);',
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

/** GLSL uniforms that describe the layout of M. */
export const stackGlsl = /* glsl */ `
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
  int n = quotient(tile.z, outLayout.grid.z);
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

/** Returns the bands of a layer of V: bands * parts across = patches of a fragment. */
function bandsOf({ parts }: WinogradProductsSpec): number {
  return PRODUCT.patches / parts.across;
}

function productsOfSlice(spec: WinogradProductsSpec, group: number, slice: number): string {
  const { across, slices } = spec.parts;
  const lines = [
    `vec2 w = weightsAt(weightsRow, group * ${slices} + ${group * slices + slice});`,
    `ivec2 start = imageStart(vLayout, n * vLayout.grid.z + group + ${group}, tile.x);`,
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
      // Added one by one, for the same reason as in conv2d.ts.
      for (const lane of range(4)) {
        lines.push(`  sum${q * PRODUCT.patches + i} += x${i}.${'xyzw'[lane]} * w${lane};`);
      }
    }
    lines.push('}');
  }
  return ['    {', ...lines.map((line) => `      ${line}`), '    }'].join('\n');
}
