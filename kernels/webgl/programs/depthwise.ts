/**
 * Depthwise conv2d with channel multiplier 1: one fragment sums a tile of
 * `out.w` pixels x `out.c` slices, each from its own input slice.
 *
 *     y(n, oy, ox, c) = sum over fy, fx of
 *       x(n, oy*strideHeight + fy*dilationHeight - padTop,
 *            ox*strideWidth  + fx*dilationWidth  - padLeft, c) * w(fy, fx, c)
 *
 * The filter [filterHeight, filterWidth, channels, 1] is read as a tensor of one
 * batch in tiles of 1x1x1. Input columns are shared by the pixels of a row as in
 * conv2d, and the conditions on tiles and padding are the same; `in.c` = `out.c`.
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

export interface DepthwiseSpec extends RowReuse, Fusion {
  readonly family: 'depthwise';
}

export function depthwiseProgram(spec: DepthwiseSpec): ProgramSource {
  const epilogue = convEpilogue(spec, spec.out);
  return programSource({
    samplers: [...planeNames('x', spec.in), 'weights', ...epilogue.samplers],
    targets: spec.out.w * spec.out.c,
    layouts: ['x', 'weights', 'out'],
    chunks: [rowReuseChunk, ...epilogue.chunks],
    body: [
      constants(spec),
      coordinates,
      insideDeclarations(spec),
      sumDeclarations(spec.out),
      loop.replace(
        'SLICES',
        range(spec.out.c)
          .map((q) => oneSlice(spec, q))
          .join('\n'),
      ),
      epilogue.body,
    ].join('\n'),
  });
}

function constants(spec: DepthwiseSpec): string {
  return /* glsl */ `
  const int OUT_SLICES = ${spec.out.c};
  const int TILE_STEP = ${(spec.out.w * spec.strideWidth) / spec.in.w};`;
}

const coordinates = /* glsl */ `
  ivec2 tile = tileOf(outLayout, ivec2(gl_FragCoord.xy));
  int oy = tile.y % outLayout.grid.y;
  int batchGroup = tile.y / outLayout.grid.y;
  int outSlice = (batchGroup % outLayout.grid.z) * OUT_SLICES;
  int column = tile.x * TILE_STEP - padColumns;
`;

const loop = /* glsl */ `
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int iy = inputRow(oy, fy);
    if (iy < 0 || iy >= xLayout.extent.y) continue;
    ivec2 line = rowStart(xLayout, batchGroup * xLayout.grid.y + iy);
    line.x += column;
SLICES
  }`;

function oneSlice(spec: DepthwiseSpec, q: number): string {
  const { out, filterWidth, strideWidth, dilationWidth, padPhase } = spec;
  const lines = [
    `ivec2 w = rowStart(weightsLayout, (outSlice + ${q}) * rowGeometry.x + fy);`,
    ...columnFetches(spec, q),
  ];
  for (const fx of range(filterWidth)) {
    lines.push(`vec4 w${fx} = texelFetch(weights, w + ivec2(${fx}, 0), 0);`);
    for (const i of range(out.w)) {
      const x = columnName(i * strideWidth + fx * dilationWidth - padPhase);
      lines.push(`sum${i}_${q} += ${x} * w${fx};`);
    }
  }
  return ['    {', ...lines.map((line) => `      ${line}`), '    }'].join('\n');
}
