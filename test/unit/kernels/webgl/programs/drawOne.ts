/** Programs of one operand `x`, drawn in Node from flat data to checked planes. */

import { expect } from 'chai';
import {
  type Extent,
  type Tile,
  type TileLayout,
  tileLayout,
} from '../../../../../kernels/webgl/layout/tile.js';
import { valuesOfPlanes } from '../../../../../kernels/webgl/layout/unpack.js';
import { type ProgramSpec, programText } from '../../../../../kernels/webgl/programs/index.js';
import { integers, stream } from '../../../../../src/validator/index.js';
import { layoutUniforms } from '../../../../../src/webgl/context/operands.js';
import { runProgram, type Texture, type Uniforms } from '../../../../support/glsl/glslRun.js';
import {
  asLayers,
  expectPlanes,
  expectTexture,
  longLayout,
  planesOf,
  sizeOf,
  smallLayout,
} from '../../../../support/glsl/glslTensors.js';
import { named } from '../../../../support/named.js';

export interface Lying {
  readonly extent: Extent;
  readonly tile: Tile;
}

/**
 * Returns the planes that a program writes for x; `others` are textures after the planes of x. Expects
 * the same from the program that reads the planes of x in the layers of one texture, and from the one
 * for long rows.
 * @param longIn largest texture that cuts rows; null if no part has all that the program reads
 */
export function drawOne(
  spec: ProgramSpec,
  x: ArrayLike<number>,
  from: Lying,
  to: Lying,
  uniforms: Uniforms,
  others: readonly Texture[] = [],
  longIn: number | 'smallest' | null = 'smallest',
): Texture[] {
  const input = smallLayout(from.extent, from.tile);
  const output = smallLayout(to.extent, to.tile);
  const all = {
    ...uniforms,
    ...named('x', layoutUniforms(input)),
    ...named('out', layoutUniforms(output)),
  };
  const size = { width: output.texWidth, height: output.texHeight };
  const planes = planesOf(x, input);
  const drawn = runProgram(programText(spec), [...planes, ...others], all, size);
  if (planes.length > 1) {
    const layers = [asLayers(planes), ...others];
    const again = runProgram(programText(spec, 'layers'), layers, all, size);
    for (const [plane, texture] of drawn.entries()) {
      expectTexture(again[plane], texture, `${spec.family} from layers, plane ${plane}`);
    }
  }
  if (longIn === null) return drawn;
  const wanted = valuesOf(drawn, output);
  const found = drawLong(spec, x, from, to, uniforms, others, longIn);
  expect(found, `${spec.family} of long rows`).to.deep.equal(wanted);
  return drawn;
}

/** Returns the values that the program for long rows computes. */
function drawLong(
  spec: ProgramSpec,
  x: ArrayLike<number>,
  from: Lying,
  to: Lying,
  uniforms: Uniforms,
  others: readonly Texture[],
  longIn: number | 'smallest',
): Float32Array {
  const layoutOf = ({ extent, tile }: Lying) =>
    longIn === 'smallest' ? longLayout(extent, tile) : tileLayout(extent, tile, longIn)!;
  const [input, output] = [from, to].map(layoutOf);
  const all = {
    ...uniforms,
    ...named(spec.family === 'resizeGradient' ? 'dy' : 'x', layoutUniforms(input)),
    ...named('out', layoutUniforms(output)),
  };
  const size = { width: output.texWidth, height: output.texHeight };
  const text = programText(spec, 'textures', 'float32', 'long');
  return valuesOf(runProgram(text, [...planesOf(x, input), ...others], all, size), output);
}

function valuesOf(planes: readonly Texture[], layout: TileLayout): Float32Array {
  return valuesOfPlanes(
    planes.map(({ data }) => data),
    layout,
    'NHWC',
  );
}

/** Expects the planes to hold these values up to a bound, and zero outside the tensor. */
export function expectDrawn(
  drawn: readonly Texture[],
  wanted: readonly number[],
  { extent, tile }: Lying,
  what: string,
  { relative = 0, absolute = 0 } = {},
): void {
  const bounds = wanted.map((v) => (Number.isFinite(v) ? relative * Math.abs(v) + absolute : 0));
  expectPlanes(drawn, wanted, smallLayout(extent, tile), what, { bounds });
}

export function extent(batch: number, height: number, width: number, channels: number): Extent {
  return { batch, height, width, channels };
}

/** Returns whole numbers; the share `nan` of them is NaN. */
export function wholeNumbers(of: Extent, name: string, nan = 0): Float32Array {
  const next = stream(sizeOf(of), name);
  return integers(next, sizeOf(of), 9).map((v) => (next() < nan ? Number.NaN : v));
}

/** Returns the value at a place of an extent, or undefined outside it. */
export function valueAt(
  x: ArrayLike<number>,
  of: Extent,
  n: number,
  y: number,
  col: number,
  c: number,
) {
  const inside = y >= 0 && y < of.height && col >= 0 && col < of.width;
  return inside ? x[((n * of.height + y) * of.width + col) * of.channels + c] : undefined;
}
