/**
 * Programs for the gradient of a convolution with respect to its filter, from its input x and the
 * gradient dy of its output. They compute partial sums, each over some rows of dy, from any tiles:
 *
 *     conv2d:     dw(part, fy, fx, ic, oc) = sum over n, y, x of x(n, iy, ix, ic) * dy(n, y, x, oc)
 *     depthwise:  dw(part, fy, fx, c, q)   = sum over n, y, x of x(n, iy, ix, c) * dy(n, y, x, c*multiplier + q)
 *
 *       where iy = y*strideHeight + fy*dilationHeight - padTop, likewise ix, and the row
 *       n*outHeight + y of dy belongs to the part; pixels outside x do not count
 *
 * The batch elements of the result are the parts. For a conv2d its rows are the taps and its columns the
 * input channels, so that a fragment multiplies each value of a slice of x by slices of dy; for a
 * depthwise convolution a row and a column are a tap.
 */
import type { ForwardKernel } from '../../shape/convShape.js';
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
import { planeOf } from './window.js';
import { sumDeclarations } from './windowFetches.js';

export interface FilterGradientSpec {
  readonly family: 'filterGradient';
  readonly kernel: ForwardKernel;
  /** Number of output channels of an input channel of a depthwise convolution; of a conv2d it is one. */
  readonly multiplier: 'one' | 'any';
  readonly in: Tile;
  readonly dy: Tile;
  /** 4 input channels by some output slices; for a depthwise convolution a slice of a tap. */
  readonly out: Tile;
}

export function filterGradientProgram(spec: FilterGradientSpec): ProgramSource {
  const { kernel, multiplier, in: input, dy, out } = spec;
  const isDense = kernel === 'conv2d';
  const products = isDense ? denseProducts(out) : depthwiseProducts(multiplier);
  const sums = range(out.w * out.h * out.c).map((plane) => `sum${plane}`);
  return programSource({
    samplers: [planeNames('x', input), planeNames('dy', dy)],
    targets: sums.length,
    layouts: ['x', 'dy', 'out'],
    chunks: [geometry, tileAccess('x', input), tileAccess('dy', dy), readers],
    body: [
      tileCoordinates(out),
      isDense ? tapOfRow : '  ivec2 tap = tile.xy;',
      sumDeclarations(out),
      loops.replace('PRODUCTS', products.map((line) => `      ${line}`).join('\n')),
      ...maskedStores(sums, out),
    ].join('\n'),
  });
}

/** Returns GLSL that adds the products of the 4 values of a slice of x and slices of dy. */
function denseProducts(tile: Tile): string[] {
  return [
    'vec4 v = xAt(element, tile.x, iy, ix);',
    ...range(tile.c).flatMap((q) => [
      `vec4 gradient${q} = dyAt(element, outSlice + ${q}, y, x);`,
      ...range(tile.w).map(
        (lane) => `sum${planeOf(tile, lane, 0, q)} += v.${'xyzw'[lane]} * gradient${q};`,
      ),
    ]),
  ];
}

/** Returns GLSL that adds the products of a slice of dy and the input channels that it comes from. */
function depthwiseProducts(multiplier: FilterGradientSpec['multiplier']): string[] {
  const lanes = range(4).map((lane) => {
    const channel = `channel.${'xyzw'[lane]}`;
    return `xAt(element, ${channel} / 4, iy, ix)[${channel} % 4]`;
  });
  const from = multiplier === 'one' ? 'xAt(element, outSlice, iy, ix)' : `vec4(${lanes})`;
  // Channels after the last are read as the last.
  const channels = `min(4 * outSlice + ivec4(0, 1, 2, 3), outLayout.extent.w - 1) / multiplier`;
  return [
    ...(multiplier === 'one' ? [] : [`ivec4 channel = ${channels};`]),
    `sum0 += ${from} * dyAt(element, outSlice, y, x);`,
  ];
}

const geometry = /* glsl */ `
uniform ivec4 rowGeometry;     // filterHeight, strideHeight, dilationHeight, padTop
uniform ivec4 columnGeometry;  // filterWidth, strideWidth, dilationWidth, padLeft
uniform int rowsOfPart;        // rows of dy, of all batch elements, that a part sums over
uniform int multiplier;        // output channels of an input channel
`;

const readers = /* glsl */ `
// The first output position that reads a position of the input from an offset on, and the one after the last.
ivec2 readersOf(int offset, int stride, int inSize, int outSize) {
  int first = quotient(max(-offset, 0) + stride - 1, stride);
  int end = offset < inSize ? quotient(inSize - 1 - offset, stride) + 1 : 0;
  return ivec2(first, min(end, outSize));
}
`;

const tapOfRow = /* glsl */ `
  ivec2 tap = ivec2(0, quotient(tile.y, columnGeometry.x));
  tap.x = tile.y - tap.y * columnGeometry.x;`;

const loops = /* glsl */ `
  int top = tap.y * rowGeometry.z - rowGeometry.w;
  int left = tap.x * columnGeometry.z - columnGeometry.w;
  ivec2 columns = readersOf(left, columnGeometry.y, xLayout.extent.z, dyLayout.extent.z);
  int end = min((n + 1) * rowsOfPart, dyLayout.extent.x * dyLayout.extent.y);
  for (int row = n * rowsOfPart; row < end; ++row) {
    int element = quotient(row, dyLayout.extent.y);
    int y = row - element * dyLayout.extent.y;
    int iy = y * rowGeometry.y + top;
    if (iy < 0 || iy >= xLayout.extent.y) continue;
    for (int x = columns.x; x < columns.y; ++x) {
      int ix = x * columnGeometry.y + left;
PRODUCTS
    }
  }`;
