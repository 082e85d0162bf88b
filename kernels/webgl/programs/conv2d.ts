/**
 * Direct conv2d: one fragment sums a tile of `out.w` pixels x `out.c` slices.
 *
 *     y(n, oy, ox, oc) = sum over fy, fx, ic of
 *       x(n, oy*strideHeight + fy*dilationHeight - padTop,
 *            ox*strideWidth  + fx*dilationWidth  - padLeft, ic) * w(fy, fx, ic, oc)
 *
 * Filter columns, pixels and lanes are unrolled, so that each input column of a
 * filter row is fetched once for all the output pixels that use it; filter rows
 * and input slices are GLSL loops. The planes an offset falls into are known when
 * the text is written, which is why `in.w` must divide `out.w*strideWidth` and why
 * the left padding modulo `in.w` belongs to the spec.
 */

import { planeNames } from '../glsl/planeNames.js';
import {
  columnFetches,
  columnName,
  insideDeclarations,
  type RowReuse,
  rowReuseChunk,
  sumDeclarations,
} from './columns.js';
import { convEpilogue, type Fusion } from './epilogue.js';
import { type ProgramSource, programSource, range } from './source.js';

export interface Conv2DSpec extends RowReuse, Fusion {
  readonly family: 'conv2d';
}

export function conv2dProgram(spec: Conv2DSpec): ProgramSource {
  const epilogue = convEpilogue(spec, spec.out);
  return programSource({
    samplers: [...planeNames('x', spec.in), 'weights', ...epilogue.samplers],
    targets: spec.out.w * spec.out.c,
    layouts: ['x', 'out'],
    chunks: [rowReuseChunk, weightsChunk, ...epilogue.chunks],
    body: [
      constants(spec),
      coordinates,
      insideDeclarations(spec),
      sumDeclarations(spec.out),
      loops.replace(
        'SLICES',
        range(spec.in.c)
          .map((pc) => oneSlice(spec, pc))
          .join('\n'),
      ),
      epilogue.body,
    ].join('\n'),
  });
}

/** GLSL side of src/layout/filter.ts. */
const weightsChunk = /* glsl */ `
uniform ivec2 weightsLayout;  // log2 of the input slices a row holds; rows of one (output slice, filter row)

ivec2 weightsAt(int outSlice, int fy, int s, int filterWidth) {
  return ivec2((s & ((1 << weightsLayout.x) - 1)) * filterWidth * 4,
               (outSlice * rowGeometry.x + fy) * weightsLayout.y + (s >> weightsLayout.x));
}
`;

function constants(spec: Conv2DSpec): string {
  return /* glsl */ `
  const int FILTER_WIDTH = ${spec.filterWidth};
  const int IN_SLICES = ${spec.in.c};
  const int OUT_SLICES = ${spec.out.c};
  const int TILE_STEP = ${(spec.out.w * spec.strideWidth) / spec.in.w};`;
}

const coordinates = /* glsl */ `
  ivec2 tile = tileOf(outLayout, ivec2(gl_FragCoord.xy));
  int oy = tile.y % outLayout.grid.y;
  int batchGroup = tile.y / outLayout.grid.y;
  int n = batchGroup / outLayout.grid.z;
  int outSlice = (batchGroup - n * outLayout.grid.z) * OUT_SLICES;
  int column = tile.x * TILE_STEP - padColumns;
  int nextSlice = rowGeometry.x * weightsLayout.y;  // rows from an output slice to the next
`;

const loops = /* glsl */ `
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int iy = inputRow(oy, fy);
    if (iy < 0 || iy >= xLayout.extent.y) continue;
    for (int group = 0; group < xLayout.grid.z; ++group) {
      ivec2 line = rowStart(xLayout, (n * xLayout.grid.z + group) * xLayout.grid.y + iy);
      line.x += column;
SLICES
    }
  }`;

/** One slice of input channels: fetch its columns, then the weights tap by tap, and add. */
function oneSlice(spec: Conv2DSpec, pc: number): string {
  const { out, filterWidth, strideWidth, dilationWidth, padPhase } = spec;
  const lines = [
    `ivec2 w = weightsAt(outSlice, fy, group * IN_SLICES + ${pc}, FILTER_WIDTH);`,
    ...columnFetches(spec, pc),
  ];
  for (const fx of range(filterWidth)) {
    for (const q of range(out.c)) {
      lines.push('{');
      for (const lane of range(4)) {
        const at = `w + ivec2(${fx * 4 + lane}, ${q === 0 ? '0' : `${q} * nextSlice`})`;
        lines.push(`  vec4 w${lane} = texelFetch(weights, ${at}, 0);`);
      }
      for (const i of range(out.w)) {
        const x = columnName(i * strideWidth + fx * dilationWidth - padPhase);
        // Added one by one: some drivers miscompile sums of swizzled products.
        for (const lane of range(4)) {
          lines.push(`  sum${i}_${q} += ${x}.${'xyzw'[lane]} * w${lane};`);
        }
      }
      lines.push('}');
    }
  }
  return ['      {', ...lines.map((line) => `        ${line}`), '      }'].join('\n');
}
