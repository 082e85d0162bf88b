import { type FlatSource, flatAccess } from '../layout/flatAccess.glsl.js';
import { COMPONENTS, PRODUCT, SIDE } from '../layout/winograd.js';
import { weightIndex, weightStep } from './convert.js';
import { type ProgramSource, programSource } from './source.js';

export interface WinogradFilterSpec {
  readonly family: 'winogradFilter';
  readonly from: FlatSource;
  /** True if the filter is rotated by 180 degrees and its channel axes are swapped. */
  readonly flipped: boolean;
}

/**
 * Converts a 3x3 filter, from a stock texture or planes, to U = G w GT. U is packed as in
 * kernels/webgl/layout/filter.ts, as a 1x1 filter: the output groups of component 0, then the
 * output groups of component 1, and so on. `filterShape` is as in packFilterProgram.
 */
export function winogradFilterProgram({ from, flipped }: WinogradFilterSpec): ProgramSource {
  const { samplers, layouts, chunks } = flatAccess(from);
  return programSource({
    samplers,
    targets: 1,
    layouts,
    chunks: [
      'uniform ivec4 filterShape;  // filterHeight, filterWidth, inChannels, outChannels',
      'uniform ivec3 packing;      // log2 of the input slices in a row, rows of an output group, output groups of a component',
      ...chunks,
      rowsOfG,
    ],
    body: /* glsl */ `
  ivec2 at = ivec2(gl_FragCoord.xy);
  int row = at.y / packing.y;
  int component = row / packing.z;
  int place = at.x / 4;
  int s = ((at.y - row * packing.y) << packing.x) + place / ${PRODUCT.slices};
  int ic = 4 * s + at.x % 4;
  int oc = 4 * ((row - component * packing.z) * ${PRODUCT.slices} + place % ${PRODUCT.slices});
  vec3 down = rowOfG(component / ${SIDE});
  vec3 across = rowOfG(component % ${SIDE});
  vec4 texel = vec4(0.0);
  if (ic < filterShape.z && component < ${COMPONENTS}) {
    for (int fy = 0; fy < 3; ++fy) {
      for (int fx = 0; fx < 3; ++fx) {
        int flat_ = ${weightIndex(flipped)};
        float share = down[fy] * across[fx];
        for (int lane = 0; lane < 4; ++lane) {
          if (oc + lane < filterShape.w) texel[lane] += share * valueOf(flat_ + ${weightStep(flipped)});
        }
      }
    }
  }
  target0 = texel;`,
  });
}

const rowsOfG = /* glsl */ `
vec3 rowOfG(int i) {
  vec3 middle = vec3(0.5, i == 1 ? 0.5 : -0.5, 0.5);
  return i == 0 ? vec3(1.0, 0.0, 0.0) : i == ${SIDE - 1} ? vec3(0.0, 0.0, 1.0) : middle;
}
`;
