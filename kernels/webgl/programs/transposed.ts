/**
 * Programs for transposed conv2d, which is also the gradient of conv2d with respect to its input:
 *
 *     y(n, oy, ox, oc) = sum over fy, fx, ic of x(n, iy, ix, ic) * w(fy, fx, oc, ic)
 *       where iy*strideHeight = oy + padTop - fy and ix*strideWidth = ox + padLeft - fx;
 *       taps for which iy or ix is not a whole number do not count
 *
 * The filter is packed rotated by 180 degrees: as a conv2d filter from ic to oc, with its last tap first.
 */

import { filterAccessGlsl } from '../layout/filterAccess.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { modulo, type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';
import { type Offset, offsetName, planeOf, tileMasks } from './window.js';
import { insideTexel, sumDeclarations } from './windowFetches.js';

/**
 * Tile of output pixels whose taps and input planes are known when the text is written: the stride
 * divides the output tile, and the input tile divides the quotient.
 */
export interface TransposedTaps {
  readonly in: Tile;
  readonly out: Tile;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  /** Padding on the left and on the top, modulo the output pixels of an input tile. */
  readonly padPhaseX: number;
  readonly padPhaseY: number;
}

export interface TransposedSpec extends TransposedTaps, Stepped {
  readonly family: 'transposed';
}

/** Sizes of a transposed convolution; the padding is the padding of the forward convolution. */
export interface TransposedShape {
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/**
 * Returns the program that reads planes of `input`, with its uniforms; null if the planes would not
 * be known when the text is written.
 */
export function transposedSpec(shape: TransposedShape, input: Tile, out: Tile) {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft } = shape;
  const [across, down] = [input.w * strideWidth, input.h * strideHeight];
  if (out.w % across !== 0 || out.h % down !== 0) return null;
  const spec: TransposedSpec = {
    family: 'transposed',
    in: input,
    out,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    steps: [],
    padPhaseX: modulo(padLeft, across),
    padPhaseY: modulo(padTop, down),
  };
  const uniforms = {
    tileStep: [out.w / across, out.h / down],
    padTiles: [Math.floor(padLeft / across), Math.floor(padTop / down)],
  };
  return { spec, uniforms };
}

export function transposedProgram(spec: TransposedSpec): ProgramSource {
  const { in: input, out, steps } = spec;
  const end = epilogue(steps, out);
  return programSource({
    samplers: [planeNames('x', input), 'weights', ...end.samplers],
    targets: out.w * out.h * out.c,
    layouts: ['x', 'out'],
    chunks: [stepUniforms, filterAccessGlsl, ...end.chunks],
    body: [
      tileCoordinates(out),
      '  ivec2 origin = tile.xy * tileStep + padTiles;',
      sumDeclarations(out),
      tileMasks(input, offsetsOf(spec)),
      '  for (int group = 0; group < xLayout.grid.z; ++group) {',
      '    vec2 at = coordinates(xLayout, imageStart(xLayout, n * xLayout.grid.z + group, origin.x) + origin);',
      ...range(input.c).map((pc) => oneSlice(spec, pc)),
      '  }',
      end.body,
    ].join('\n'),
  });
}

export const stepUniforms = /* glsl */ `
uniform ivec2 tileStep;  // input tiles from an output tile to the next, across and down
uniform ivec2 padTiles;  // whole input tiles of padding, left and top
`;

/** Tap of the filter, by its place in the packed filter, and the pixels of a tile it adds to. */
interface Tap {
  readonly place: number;
  readonly pixels: readonly { i: number; j: number; offset: Offset }[];
}

/** Returns the offsets that the pixels of a tile read. */
export function offsetsOf(spec: TransposedTaps): Offset[] {
  return taps(spec).flatMap(({ pixels }) => pixels.map(({ offset }) => offset));
}

/** Returns the taps of the filter, by their places in the packed filter, with the pixels that use them. */
export function taps(spec: TransposedTaps): Tap[] {
  const { filterHeight, filterWidth, strideHeight, strideWidth, out } = spec;
  return range(filterHeight * filterWidth).map((place) => {
    const tap = filterHeight * filterWidth - 1 - place;
    const [fy, fx] = [Math.floor(tap / filterWidth), tap % filterWidth];
    const pixels = range(out.h).flatMap((j) =>
      range(out.w).flatMap((i) => {
        const x = (i + spec.padPhaseX - fx) / strideWidth;
        const y = (j + spec.padPhaseY - fy) / strideHeight;
        return Number.isInteger(x) && Number.isInteger(y) ? [{ i, j, offset: { x, y } }] : [];
      }),
    );
    return { place, pixels };
  });
}

/** Returns GLSL for one input slice: the texels that each tap reads, its weights, the products. */
function oneSlice(spec: TransposedSpec, pc: number): string {
  const { in: input, out } = spec;
  const lines = [`vec2 w = weightsAt(outGroup, group * ${input.c} + ${pc});`];
  const known = new Set<string>();
  for (const { place, pixels } of taps(spec)) {
    for (const { offset } of pixels) {
      const name = offsetName(offset);
      if (known.has(name)) continue;
      known.add(name);
      lines.push(`vec4 ${name} = ${insideTexel(input, pc, offset)};`);
    }
    for (const q of range(out.c)) {
      const first = (place * out.c + q) * 4;
      lines.push('{');
      for (const lane of range(4)) {
        const at = `w + vec2(${first + lane}.0 * weightsLayout.texel.x, 0.0)`;
        lines.push(`  vec4 w${lane} = texture(weights, ${at});`);
      }
      for (const { i, j, offset } of pixels) {
        // Added one by one, because some drivers miscompile sums of swizzled products.
        for (const lane of range(4)) {
          const product = `${offsetName(offset)}.${'xyzw'[lane]} * w${lane}`;
          lines.push(`  sum${planeOf(out, i, j, q)} += ${product};`);
        }
      }
      lines.push('}');
    }
  }
  return ['    {', ...lines.map((line) => `      ${line}`), '    }'].join('\n');
}

/**
 * Program for any stride and input tile: a fragment computes one slice of one pixel, and the plane
 * is chosen at run time.
 */
export interface GeneralTransposedSpec extends Stepped {
  readonly family: 'generalTransposed';
  readonly in: Tile;
}

export function generalTransposedProgram({
  in: input,
  steps,
}: GeneralTransposedSpec): ProgramSource {
  const out: Tile = { w: 1, h: 1, c: 1 };
  const end = epilogue(steps, out);
  return programSource({
    samplers: [planeNames('x', input), 'weights', ...end.samplers],
    targets: 1,
    layouts: ['x', 'out'],
    chunks: [generalGeometry, filterAccessGlsl, tileAccess('x', input), ...end.chunks],
    body: [tileCoordinates(out), sumDeclarations(out), loops, end.body].join('\n'),
  });
}

export const generalGeometry = /* glsl */ `
uniform ivec3 rowGeometry;     // filterHeight, strideHeight, padTop
uniform ivec3 columnGeometry;  // filterWidth, strideWidth, padLeft
`;

const loops = /* glsl */ `
  int slices = (xLayout.extent.w + 3) / 4;
  vec2 lane = vec2(weightsLayout.texel.x, 0.0);
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int y = tile.y + rowGeometry.z - fy;
    if (y < 0 || y % rowGeometry.y != 0 || y / rowGeometry.y >= xLayout.extent.y) continue;
    for (int fx = 0; fx < columnGeometry.x; ++fx) {
      int x = tile.x + columnGeometry.z - fx;
      if (x < 0 || x % columnGeometry.y != 0 || x / columnGeometry.y >= xLayout.extent.z) continue;
      int place = (rowGeometry.x - fy) * columnGeometry.x - 1 - fx;
      for (int s = 0; s < slices; ++s) {
        vec4 v = xAt(n, s, y / rowGeometry.y, x / columnGeometry.y);
        vec2 w = weightsAt(outGroup, s) + float(place) * 4.0 * lane;
        sum0 += v.x * texture(weights, w);
        sum0 += v.y * texture(weights, w + lane);
        sum0 += v.z * texture(weights, w + 2.0 * lane);
        sum0 += v.w * texture(weights, w + 3.0 * lane);
      }
    }
  }`;
