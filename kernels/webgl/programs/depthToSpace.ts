/** Program that turns blocks of channels into blocks of pixels. */

import { fourChannelsGlsl } from '../glsl/fourChannels.js';
import { planeNames } from '../layout/planeNames.js';
import { positionOf, type Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import {
  maskedStores,
  type ProgramSource,
  programSource,
  range,
  tileCoordinates,
} from './source.js';

export interface DepthToSpaceSpec {
  readonly family: 'depthToSpace';
  readonly in: Tile;
  readonly out: Tile;
  /** True if the result has whole slices only, so that each is a slice of the input. */
  readonly aligned: boolean;
}

/**
 * Computes y(n, y, x, c) = x(n, y / blockSize, x / blockSize, block*channels + c), where block is
 * (y % blockSize)*blockSize + x % blockSize and `channels` counts the channels of the result.
 */
export function depthToSpaceProgram({ in: from, out, aligned }: DepthToSpaceSpec): ProgramSource {
  const values = range(out.w * out.h * out.c).map((plane) => {
    const { px, py, pc } = positionOf(out, plane);
    return `texelOf(n, outSlice + ${pc}, tile.y * ${out.h} + ${py}, tile.x * ${out.w} + ${px})`;
  });
  return programSource({
    samplers: [planeNames('x', from)],
    targets: values.length,
    layouts: ['x', 'out'],
    chunks: [
      'uniform int blockSize;',
      tileAccess('x', from),
      ...(aligned ? [] : [fourChannelsGlsl]),
      texelOf(aligned),
    ],
    body: [tileCoordinates(out), ...maskedStores(values, out)].join('\n'),
  });
}

function texelOf(aligned: boolean): string {
  return /* glsl */ `
vec4 texelOf(int n, int slice, int y, int x) {
  ivec2 from = min(ivec2(x, y) / blockSize, xLayout.extent.zy - 1);
  int block = y % blockSize * blockSize + x % blockSize;
  int channel = block * outLayout.extent.w + 4 * slice;
  int last = (xLayout.extent.w + 3) / 4 - 1;
${aligned ? oneSlice : twoSlices}
}
`;
}

const oneSlice = '  return xAt(n, min(channel / 4, last), from.y, from.x);';

const twoSlices = /* glsl */ `
  int first = min(channel / 4, last);
  int lane = channel % 4;
  vec4 a = xAt(n, first, from.y, from.x);
  vec4 b = lane == 0 ? vec4(0.0) : xAt(n, min(first + 1, last), from.y, from.x);
  return fourChannels(a, b, lane);`;
