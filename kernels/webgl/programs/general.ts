/**
 * The variants that take any shape, stride, dilation, padding and input tile:
 * one pixel x one slice a fragment, every size a uniform, the plane chosen at run
 * time. Slow and short; the last rung of our own ladder.
 */
import type { Tile } from '../../../src/layout/tile.js';
import { planeNames } from '../glsl/planeNames.js';
import { tileAccess } from '../glsl/tileAccess.js';
import { convEpilogue, type Fusion } from './epilogue.js';
import { type ProgramSource, programSource } from './source.js';

const onePixel: Tile = { w: 1, h: 1, c: 1 };

const uniforms = /* glsl */ `
uniform ivec4 rowGeometry;     // filterHeight, strideHeight, dilationHeight, padTop
uniform ivec4 columnGeometry;  // filterWidth, strideWidth, dilationWidth, padLeft
`;

const coordinates = /* glsl */ `
  ivec2 tile = tileOf(outLayout, ivec2(gl_FragCoord.xy));
  int oy = tile.y % outLayout.grid.y;
  int batchGroup = tile.y / outLayout.grid.y;
  int n = batchGroup / outLayout.grid.z;
  int outSlice = batchGroup - n * outLayout.grid.z;
  vec4 sum0_0 = vec4(0.0);
`;

export interface GeneralConv2DSpec extends Fusion {
  readonly family: 'generalConv2d';
  readonly in: Tile;
}

/** Any conv2d; the filter lies as in src/layout/filter.ts. */
export function generalConv2dProgram(spec: GeneralConv2DSpec): ProgramSource {
  const epilogue = convEpilogue(spec, onePixel);
  return programSource({
    samplers: [...planeNames('x', spec.in), 'weights', ...epilogue.samplers],
    targets: 1,
    layouts: ['x', 'out'],
    chunks: [
      uniforms,
      'uniform ivec2 weightsLayout;',
      tileAccess('x', spec.in),
      ...epilogue.chunks,
    ],
    body: [coordinates, convLoops, epilogue.body].join('\n'),
  });
}

const convLoops = /* glsl */ `
  int slices = (xLayout.extent.w + 3) / 4;
  int sliceMask = (1 << weightsLayout.x) - 1;
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int iy = oy * rowGeometry.y + fy * rowGeometry.z - rowGeometry.w;
    if (iy < 0 || iy >= xLayout.extent.y) continue;
    int weightsRow = (outSlice * rowGeometry.x + fy) * weightsLayout.y;
    for (int fx = 0; fx < columnGeometry.x; ++fx) {
      int ix = tile.x * columnGeometry.y + fx * columnGeometry.z - columnGeometry.w;
      if (ix < 0 || ix >= xLayout.extent.z) continue;
      for (int s = 0; s < slices; ++s) {
        vec4 x = xAt(n, s, iy, ix);
        ivec2 w = ivec2(((s & sliceMask) * columnGeometry.x + fx) * 4, weightsRow + (s >> weightsLayout.x));
        sum0_0 += x.x * texelFetch(weights, w, 0);
        sum0_0 += x.y * texelFetch(weights, w + ivec2(1, 0), 0);
        sum0_0 += x.z * texelFetch(weights, w + ivec2(2, 0), 0);
        sum0_0 += x.w * texelFetch(weights, w + ivec2(3, 0), 0);
      }
    }
  }`;

export interface GeneralDepthwiseSpec extends Fusion {
  readonly family: 'generalDepthwise';
  readonly in: Tile;
}

/**
 * Any depthwise conv2d: output channel c*multiplier + q comes from input channel
 * c. The filter [filterHeight, filterWidth, channels, multiplier] is read as a
 * tensor [1, filterHeight, filterWidth, channels*multiplier] in tiles of 1x1x1.
 */
export function generalDepthwiseProgram(spec: GeneralDepthwiseSpec): ProgramSource {
  const epilogue = convEpilogue(spec, onePixel);
  return programSource({
    samplers: [...planeNames('x', spec.in), 'weights', ...epilogue.samplers],
    targets: 1,
    layouts: ['x', 'weights', 'out'],
    chunks: [uniforms, 'uniform int multiplier;', tileAccess('x', spec.in), ...epilogue.chunks],
    body: [coordinates, depthwiseLoops, epilogue.body].join('\n'),
  });
}

const depthwiseLoops = /* glsl */ `
  ivec4 channel = (4 * outSlice + ivec4(0, 1, 2, 3)) / multiplier;
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int iy = oy * rowGeometry.y + fy * rowGeometry.z - rowGeometry.w;
    if (iy < 0 || iy >= xLayout.extent.y) continue;
    ivec2 w = rowStart(weightsLayout, outSlice * rowGeometry.x + fy);
    for (int fx = 0; fx < columnGeometry.x; ++fx) {
      int ix = tile.x * columnGeometry.y + fx * columnGeometry.z - columnGeometry.w;
      if (ix < 0 || ix >= xLayout.extent.z) continue;
      vec4 x = vec4(xAt(n, channel.x / 4, iy, ix)[channel.x % 4],
                    xAt(n, channel.y / 4, iy, ix)[channel.y % 4],
                    xAt(n, channel.z / 4, iy, ix)[channel.z % 4],
                    xAt(n, channel.w / 4, iy, ix)[channel.w % 4]);
      sum0_0 += x * texelFetch(weights, w + ivec2(fx, 0), 0);
    }
  }`;
