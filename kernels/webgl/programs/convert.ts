/** Programs that convert between the stock backend's textures and our layouts. */

import type { DataFormat } from '../../shape/convShape.js';
import { type FlatSource, flatAccess } from '../layout/flatAccess.glsl.js';
import type { StockForm } from '../layout/stock.js';
import { stockAccess } from '../layout/stockAccess.glsl.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { type ProgramSource, programSource, range, tileCoordinates } from './source.js';

export interface TileSpec {
  readonly family: 'tile';
  readonly from: StockForm;
  readonly tile: Tile;
}

/** Converts a stock texture to planes. `strides` are the steps of n, y, x, channel in flat data. */
export function tileProgram({ from, tile }: TileSpec): ProgramSource {
  const values = range(tile.w * tile.h * tile.c).map((plane) => {
    const { px, py, pc } = positionOf(tile, plane);
    return `  target${plane} = texelOf(n, tile.y * ${tile.h} + ${py}, tile.x * ${tile.w} + ${px}, outSlice + ${pc});`;
  });
  return programSource({
    samplers: ['stock'],
    targets: values.length,
    layouts: ['out'],
    chunks: ['uniform ivec4 strides;', stockAccess(from), texelOf],
    body: [tileCoordinates(tile), ...values].join('\n'),
  });
}

const texelOf = /* glsl */ `
// The 4 channels of a slice at a pixel; zero outside the tensor.
vec4 texelOf(int n, int y, int x, int slice) {
  vec4 texel = vec4(0.0);
  if (n >= outLayout.extent.x || y >= outLayout.extent.y || x >= outLayout.extent.z) return texel;
  int flat_ = n * strides.x + y * strides.y + x * strides.z + 4 * slice * strides.w;
  // No compiler knows how often, so that none spells the loop out: what they make is compiled slowly.
  int lanes = min(4, outLayout.extent.w - 4 * slice);
  for (int lane = 0; lane < lanes; ++lane) texel[lane] = stockAt(flat_ + lane * strides.w);
  return texel;
}
`;

export interface UntileSpec {
  readonly family: 'untile';
  readonly tile: Tile;
  readonly format: DataFormat;
  readonly to: StoredForm;
}

/** Form of a stock texture, or `dense`: 4 consecutive values per texel, for reads from the GPU. */
export type StoredForm = StockForm | 'dense';

/** Converts planes to a stock texture. `stockLayout.w` is the number of values. */
export function untileProgram({ tile, format, to }: UntileSpec): ProgramSource {
  const { samplers, layouts, chunks } = flatAccess({ tile, format });
  return programSource({
    samplers,
    targets: 1,
    layouts,
    chunks: ['uniform ivec4 stockLayout;  // texels across, rows, columns, values', ...chunks],
    body: stores[to],
  });
}

const stores: Record<StoredForm, string> = {
  dense: /* glsl */ `
  int first = 4 * (int(gl_FragCoord.y) * stockLayout.x + int(gl_FragCoord.x));
  int lanes = min(4, stockLayout.w - first);
  vec4 texel = vec4(0.0);
  for (int lane = 0; lane < lanes; ++lane) texel[lane] = valueOf(first + lane);
  target0 = texel;`,
  unpacked: /* glsl */ `
  int flat_ = int(gl_FragCoord.y) * stockLayout.x + int(gl_FragCoord.x);
  target0 = flat_ < stockLayout.w ? vec4(valueOf(flat_), 0.0, 0.0, 0.0) : vec4(0.0);`,
  packed: /* glsl */ `
  int index = int(gl_FragCoord.y) * stockLayout.x + int(gl_FragCoord.x);
  int perRow = (stockLayout.z + 1) / 2;
  int line = quotient(index, perRow);
  int column = 2 * (index - line * perRow);
  int perBatch = (stockLayout.y + 1) / 2;
  int batch = quotient(line, perBatch);
  int row = 2 * (line - batch * perBatch);
  vec4 texel = vec4(0.0);
  // 4, but no compiler knows it, so that none spells the loop out.
  int lanes = 4 * min(1, stockLayout.w);
  for (int lane = 0; lane < lanes; ++lane) {
    int r = row + lane / 2;
    int c = column + lane % 2;
    int flat_ = (batch * stockLayout.y + r) * stockLayout.z + c;
    if (r < stockLayout.y && c < stockLayout.z && flat_ < stockLayout.w) texel[lane] = valueOf(flat_);
  }
  target0 = texel;`,
};

export interface PackFilterSpec {
  readonly family: 'packFilter';
  readonly from: FlatSource;
  /** True if the filter is rotated by 180 degrees and its channel axes are swapped. */
  readonly flipped: boolean;
}

/**
 * Converts a filter, from a stock texture or planes, to the layout of kernels/webgl/layout/filter.ts.
 * `filterShape` is the shape of the packed filter: its source holds [filterHeight, filterWidth,
 * inChannels, outChannels], or, if `flipped`, [filterHeight, filterWidth, outChannels, inChannels].
 */
export function packFilterProgram({ from, flipped }: PackFilterSpec): ProgramSource {
  const { samplers, layouts, chunks } = flatAccess(from);
  return programSource({
    samplers,
    targets: 1,
    layouts,
    chunks: [
      'uniform ivec4 filterShape;  // filterHeight, filterWidth, inChannels, outChannels',
      'uniform ivec3 packing;      // log2 of the input slices in a row, rows of an output group, slices of an output tile',
      ...chunks,
    ],
    body: /* glsl */ `
  ivec2 at = ivec2(gl_FragCoord.xy);
  int place = at.x / 4;
  int tap = place / packing.z;
  int fx = tap % filterShape.y;
  int line = tap / filterShape.y;
  int fy = line % filterShape.x;
  int s = ((at.y % packing.y) << packing.x) + line / filterShape.x;
  int ic = 4 * s + at.x % 4;
  int oc = 4 * (at.y / packing.y * packing.z + place % packing.z);
  vec4 texel = vec4(0.0);
  if (ic < filterShape.z) {
    int flat_ = ${weightIndex(flipped)};
    for (int lane = 0; lane < 4; ++lane) {
      if (oc + lane < filterShape.w) texel[lane] = valueOf(flat_ + ${weightStep(flipped)});
    }
  }
  target0 = texel;`,
  });
}

/** Returns GLSL for the flat index of the weight of tap (fy, fx) from channel `ic` to `oc`. */
export function weightIndex(flipped: boolean): string {
  return flipped
    ? '(((filterShape.x - 1 - fy) * filterShape.y + filterShape.y - 1 - fx) * filterShape.w + oc) * filterShape.z + ic'
    : '((fy * filterShape.y + fx) * filterShape.z + ic) * filterShape.w + oc';
}

/** Returns GLSL for the steps from that weight to the weight `lane` output channels later. */
export function weightStep(flipped: boolean): string {
  return flipped ? 'lane * filterShape.z' : 'lane';
}
