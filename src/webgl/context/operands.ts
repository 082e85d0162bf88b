/** The uniforms that say how a texture lies, by the names that programs have for them. */

import type { FilterLayout } from '../../../kernels/webgl/layout/filter.js';
import type { TileLayout } from '../../../kernels/webgl/layout/tile.js';
import type { Operand, UniformValue } from '../../../kernels/webgl/runner.js';
import { type PlaneSet, type Sides, textureSides } from '../device/planeSets.js';

/** @param sides of the textures, where others could hold the layout too */
export function layoutUniforms(
  name: string,
  layout: TileLayout,
  sides: Sides = textureSides(layout.texWidth, layout.texHeight),
): Record<string, UniformValue> {
  const { batch, height, width, channels, columns, rows, groups, foldShift } = layout;
  return {
    [`${name}Layout.extent`]: [batch, height, width, channels],
    [`${name}Layout.grid`]: [columns, rows, groups, foldShift],
    [`${name}Layout.texel`]: texelOf(sides),
  };
}

/** As layoutUniforms, for a packed filter. */
export function filterUniforms(
  name: string,
  layout: FilterLayout,
  sides: Sides = textureSides(layout.texWidth, layout.texHeight),
): Record<string, UniformValue> {
  const { filterHeight, filterWidth, outTileSlices, shift, blocks } = layout;
  return {
    [`${name}Layout.fold`]: [shift, blocks, filterHeight * filterWidth * outTileSlices * 4],
    [`${name}Layout.texel`]: texelOf(sides),
  };
}

/** One texel of a plane, in texture coordinates. */
function texelOf([across, down]: Sides): number[] {
  return [1 / across, 1 / down];
}

export function tileOperand(
  { textures, sides }: Pick<PlaneSet, 'textures' | 'sides'>,
  layout: TileLayout,
): Operand {
  return { textures, uniforms: layoutUniforms('', layout, sides) };
}
