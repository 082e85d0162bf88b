/**
 * Direct conv2d: one fragment sums a tile of `out.w x out.h` pixels by `out.c` slices.
 *
 *     y(n, oy, ox, oc) = sum over fy, fx, ic of
 *       x(n, oy*strideHeight + fy*dilationHeight - padTop,
 *            ox*strideWidth  + fx*dilationWidth  - padLeft, ic) * w(fy, fx, ic, oc)
 *
 * Filter columns, pixels and lanes are unrolled, and as many filter rows as the input tile requires
 * (window.ts), so that each texel of the input is fetched once for all the output pixels that use
 * it. GLSL loops run over input slices and the other filter rows.
 */

import { filterAccessGlsl } from '../layout/filterAccess.glsl.js';
import { filterBlockGlsl } from '../layout/filterBlock.glsl.js';
import { type PlaneStorage, planeNames } from '../layout/planeNames.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';
import {
  distinctOffsets,
  insideMasks,
  insideTexel,
  type Offset,
  offsetName,
  planeOf,
  type Slice,
  sumDeclarations,
  turnStart,
  type Window,
  WindowFetches,
  windowGlsl,
  windowTexels,
} from './window.js';

export interface Conv2DSpec extends Window, Stepped {
  readonly family: 'conv2d';
  /** Number of channels per slice that are not always zero: 4, or the channels of a picture. */
  readonly lanes: number;
  /**
   * Bytes of the uniform block from which the program reads the weights of one group of output slices;
   * without it, weights come from a texture.
   */
  readonly block?: number;
}

export function conv2dProgram(spec: Conv2DSpec, storage: PlaneStorage): ProgramSource {
  const end = epilogue(spec.steps, spec.out, spec.whole);
  const { block } = spec;
  const weights = block === undefined ? ['weights'] : [];
  return programSource({
    samplers: [planeNames('x', spec.in), ...weights, ...end.samplers],
    targets: spec.out.w * spec.out.h * spec.out.c,
    layouts: ['x', 'out'],
    chunks: [
      windowGlsl,
      block === undefined ? filterAccessGlsl : filterBlockGlsl(block, texelsOfATurn(spec)),
      ...end.chunks,
    ],
    body: [
      tileCoordinates(spec.out),
      sumDeclarations(spec.out),
      turnStart(spec),
      insideMasks(spec),
      loopsOverSlices(spec, storage)
        ? sliceLoop(spec)
        : groupLoop(spec, stagesTexels(spec, storage)),
      '  }',
      end.body,
    ].join('\n'),
  });
}

/** Maximum number of texels of input that a turn reads, unless a single slice has more. */
const MOST_TEXELS = 16;

/**
 * True if the program loops over the slices of an input tile, where it would else spell them out. That
 * needs planes in layers, whose number can be computed, and pays where a slice has many texels:
 * compilers fetch all that is spelled out at once, and run out of registers.
 */
export function loopsOverSlices(window: Window, storage: PlaneStorage): boolean {
  const { c } = window.in;
  const texels = windowTexels(window);
  return storage === 'layers' && c > 1 && texelsAtOnce(c, texels) === texels;
}

/** Number of slices from which on their texels are staged. */
const STAGED_SLICES = 4;

/**
 * True if the program fetches the texels of all slices of an input tile into an array, and loops over
 * that. It shortens the text where planes have textures of their own and a slice has one texel or two
 * and many weights: a rasteriser compiles a tile of 1x1x8 in a third of the time, and draws it no slower.
 */
export function stagesTexels(window: Window, storage: PlaneStorage): boolean {
  return storage === 'textures' && window.in.c >= STAGED_SLICES && windowTexels(window) <= 2;
}

/** Returns the number of texels that a turn reads of an input tile, of whose slices each has `texels`. */
export function texelsAtOnce(slices: number, texels: number): number {
  return slices * texels > MOST_TEXELS ? texels : slices * texels;
}

/** Returns the number of weight texels that a turn reads for one input slice. */
export function texelsOfATurn({
  filterRows,
  filterWidth,
  out,
}: Pick<Window, 'filterRows' | 'filterWidth' | 'out'>): number {
  return filterRows * filterWidth * out.c * 4;
}

/** Returns GLSL that sums over input tiles, whose slices are spelled out unless they are staged. */
function groupLoop(spec: Conv2DSpec, isStaged: boolean): string {
  const { c } = spec.in;
  return /* glsl */ `
    for (int group = 0; group < xLayout.grid.z; ++group) {
      vec2 at = coordinates(xLayout, imageStart(xLayout, n * xLayout.grid.z + group) + origin);
      ${weightsStart(spec)}
${
  isStaged
    ? stagedSlices(spec)
    : range(c)
        .map((pc) => oneSlice(spec, `group * ${c} + ${pc}`, texelsOf(spec, pc)))
        .join('\n')
}
    }`;
}

/** Returns GLSL that fetches the texels of an input tile, and then sums over its slices. */
function stagedSlices(spec: Conv2DSpec): string {
  const { c } = spec.in;
  const offsets = distinctOffsets(spec);
  const places = offsets.map(offsetName);
  const texels = range(c).flatMap((pc) => offsets.map(texelsOf(spec, pc)));
  const texelOf = (offset: Offset) =>
    `texels[pc * ${places.length} + ${places.indexOf(offsetName(offset))}]`;
  return /* glsl */ `
      vec4 texels[${texels.length}];
${texels.map((texel, i) => `      texels[${i}] = ${texel};`).join('\n')}
      for (int pc = 0; pc < ${c}; ++pc)
${oneSlice(spec, `group * ${c} + pc`, texelOf)}`;
}

/** Returns a function that gives the GLSL of a texel of an input slice. */
function texelsOf(spec: Conv2DSpec, pc: Slice): (offset: Offset) => string {
  return (offset) => insideTexel(spec.in, pc, offset);
}

/** Returns GLSL that sums over input slices, each in its own layers: a short text for tiles of any depth. */
function sliceLoop(spec: Conv2DSpec): string {
  const { w, h, c } = spec.in;
  return /* glsl */ `
    int slices = (xLayout.extent.w + 3) / 4;
    for (int s = 0; s < slices; ++s) {
      int group = s / ${c};
      float layer = float((s - group * ${c}) * ${w * h});
      vec2 at = coordinates(xLayout, imageStart(xLayout, n * xLayout.grid.z + group) + origin);
      ${weightsStart(spec)}
${oneSlice(spec, 's', texelsOf(spec, 'loop'))}
    }`;
}

/** Returns GLSL that declares where a turn begins among the weights of a slice in a texture. */
function weightsStart(spec: Conv2DSpec): string {
  return spec.block === undefined
    ? `float turnStart = float(turn * ${texelsOfATurn(spec)}) * weightsLayout.texel.x;`
    : '';
}

/**
 * Returns GLSL for one input slice: fetches its window, then the weights tap by tap, and adds.
 * @param slice GLSL of its number
 */
function oneSlice(spec: Conv2DSpec, slice: string, texelOf: (offset: Offset) => string): string {
  const { out, filterRows, filterWidth, lanes, block } = spec;
  const fetches = new WindowFetches(spec, texelOf);
  const lines = [
    block === undefined
      ? `vec2 w = weightsAt(outGroup, ${slice}) + vec2(turnStart, 0.0);`
      : `int w = (${slice}) * rowTurns.x + turn;`,
  ];
  for (const fy of range(filterRows)) {
    for (const fx of range(filterWidth)) {
      lines.push(...fetches.linesOf(fy, fx));
      for (const q of range(out.c)) {
        const first = ((fy * filterWidth + fx) * out.c + q) * 4;
        lines.push('{');
        for (const lane of range(lanes)) {
          const at = `w + vec2(${first + lane}.0 * weightsLayout.texel.x, 0.0)`;
          const texel =
            block === undefined
              ? `texture(weights, ${at})`
              : `weightTurns[w].texels[${first + lane}]`;
          lines.push(`  vec4 w${lane} = ${texel};`);
        }
        for (const j of range(out.h)) {
          for (const i of range(out.w)) {
            const x = fetches.value(fy, fx, i, j);
            // Added one by one, because some drivers miscompile sums of swizzled products.
            for (const lane of range(lanes)) {
              lines.push(`  sum${planeOf(out, i, j, q)} += ${x}.${'xyzw'[lane]} * w${lane};`);
            }
          }
        }
        lines.push('}');
      }
    }
  }
  return ['      {', ...lines.map((line) => `        ${line}`), '      }'].join('\n');
}
