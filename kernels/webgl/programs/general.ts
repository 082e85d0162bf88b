/**
 * Programs of the general variants, which accept any shape, stride, dilation, padding and input
 * tile. A fragment computes one slice of one pixel, every size is a uniform, and the plane is
 * chosen at run time. They are slow and short, and the last of our variants to be tried.
 */

import { filterAccessGlsl } from '../layout/filterAccess.glsl.js';
import { planeNames } from '../layout/planeNames.js';
import type { Tile } from '../layout/tile.js';
import { tileAccess } from '../layout/tileAccess.glsl.js';
import { epilogue } from './epilogue.js';
import { type ProgramSource, programSource, tileCoordinates } from './source.js';
import type { Stepped } from './steps.js';

const onePixel: Tile = { w: 1, h: 1, c: 1 };

const uniforms = /* glsl */ `
uniform ivec4 rowGeometry;     // filterHeight, strideHeight, dilationHeight, padTop
uniform ivec4 columnGeometry;  // filterWidth, strideWidth, dilationWidth, padLeft
`;

const coordinates = `${tileCoordinates(onePixel)}
  vec4 sum0 = vec4(0.0);`;

export interface GeneralConv2DSpec extends Stepped {
  readonly family: 'generalConv2d';
  readonly in: Tile;
}

/** Computes any conv2d; the filter is packed as in kernels/webgl/layout/filter.ts. */
export function generalConv2dProgram(spec: GeneralConv2DSpec): ProgramSource {
  const end = epilogue(spec.steps, onePixel);
  return programSource({
    samplers: [planeNames('x', spec.in), 'weights', ...end.samplers],
    targets: 1,
    layouts: ['x', 'out'],
    chunks: [uniforms, filterAccessGlsl, tileAccess('x', spec.in), ...end.chunks],
    body: [coordinates, convLoops, end.body].join('\n'),
  });
}

const convLoops = /* glsl */ `
  int slices = (xLayout.extent.w + 3) / 4;
  vec2 lane = vec2(weightsLayout.texel.x, 0.0);
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int iy = tile.y * rowGeometry.y + fy * rowGeometry.z - rowGeometry.w;
    if (iy < 0 || iy >= xLayout.extent.y) continue;
    for (int fx = 0; fx < columnGeometry.x; ++fx) {
      int ix = tile.x * columnGeometry.y + fx * columnGeometry.z - columnGeometry.w;
      if (ix < 0 || ix >= xLayout.extent.z) continue;
      float tap = float(fy * columnGeometry.x + fx) * 4.0;
      for (int s = 0; s < slices; ++s) {
        vec4 x = xAt(n, s, iy, ix);
        vec2 w = weightsAt(outSlice, s) + tap * lane;
        sum0 += x.x * texture(weights, w);
        sum0 += x.y * texture(weights, w + lane);
        sum0 += x.z * texture(weights, w + 2.0 * lane);
        sum0 += x.w * texture(weights, w + 3.0 * lane);
      }
    }
  }`;

export interface GeneralDepthwiseSpec extends Stepped {
  readonly family: 'generalDepthwise';
  readonly in: Tile;
}

/**
 * Computes any depthwise conv2d: output channel c*multiplier + q comes from input channel c. The
 * filter [filterHeight, filterWidth, channels, multiplier] is read as a tensor [1, filterHeight,
 * filterWidth, channels*multiplier] in tiles of 1x1x1.
 */
export function generalDepthwiseProgram(spec: GeneralDepthwiseSpec): ProgramSource {
  const end = epilogue(spec.steps, onePixel);
  return programSource({
    samplers: [planeNames('x', spec.in), 'weights', ...end.samplers],
    targets: 1,
    layouts: ['x', 'weights', 'out'],
    chunks: [uniforms, 'uniform int multiplier;', tileAccess('x', spec.in), ...end.chunks],
    body: [coordinates, depthwiseLoops, end.body].join('\n'),
  });
}

const depthwiseLoops = /* glsl */ `
  ivec4 channel = (4 * outSlice + ivec4(0, 1, 2, 3)) / multiplier;
  for (int fy = 0; fy < rowGeometry.x; ++fy) {
    int iy = tile.y * rowGeometry.y + fy * rowGeometry.z - rowGeometry.w;
    if (iy < 0 || iy >= xLayout.extent.y) continue;
    ivec2 w = imageStart(weightsLayout, outSlice, 0) + ivec2(0, fy);
    for (int fx = 0; fx < columnGeometry.x; ++fx) {
      int ix = tile.x * columnGeometry.y + fx * columnGeometry.z - columnGeometry.w;
      if (ix < 0 || ix >= xLayout.extent.z) continue;
      vec4 x = vec4(xAt(n, channel.x / 4, iy, ix)[channel.x % 4],
                    xAt(n, channel.y / 4, iy, ix)[channel.y % 4],
                    xAt(n, channel.z / 4, iy, ix)[channel.z % 4],
                    xAt(n, channel.w / 4, iy, ix)[channel.w % 4]);
      sum0 += x * texture(weights, coordinates(weightsLayout, w + ivec2(fx, 0)));
    }
  }`;
