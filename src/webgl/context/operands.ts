/** Uniforms that describe the layout of an operand or output, by what follows its name. */

import type { FilterLayout } from '../../../kernels/webgl/layout/filter.js';
import { hasLongRows } from '../../../kernels/webgl/layout/rowParts.js';
import type { TileLayout } from '../../../kernels/webgl/layout/tile.js';
import type { Operand, UniformValue } from '../../../kernels/webgl/runner.js';
import { type PlaneSet, type Sides, textureSides } from '../device/planeSets.js';

/** @param sides width and height of the textures, if they may be larger than the layout needs */
export function layoutUniforms(
  layout: TileLayout,
  sides: Sides = textureSides(layout.texWidth, layout.texHeight),
): Record<string, UniformValue> {
  const { batch, height, width, channels, columns, rows, groups, foldShift, across } = layout;
  const uniforms = {
    'Layout.extent': [batch, height, width, channels],
    'Layout.grid': [columns, rows, groups, foldShift],
    'Layout.texel': texelOf(sides),
    'Layout.inverse': [1 / across, 1 / rows],
  };
  return hasLongRows(layout) ? { ...uniforms, 'Layout.parts': partsOf(layout) } : uniforms;
}

function partsOf({ parts, step, across, left }: TileLayout): number[] {
  return [parts - 1, step, across, left];
}

/** Returns the uniforms of a packed filter, as layoutUniforms does for a tile layout. */
export function filterUniforms(
  layout: FilterLayout,
  sides: Sides = textureSides(layout.texWidth, layout.texHeight),
): Record<string, UniformValue> {
  const { filterHeight, filterWidth, outTileSlices, shift, blocks } = layout;
  return {
    'Layout.fold': [shift, blocks, filterHeight * filterWidth * outTileSlices * 4],
    'Layout.texel': texelOf(sides),
  };
}

/** Returns the size of one texel of a plane in texture coordinates. */
function texelOf([across, down]: Sides): number[] {
  return [1 / across, 1 / down];
}

export function tileOperand(
  { textures, sides }: Pick<PlaneSet, 'textures' | 'sides'>,
  layout: TileLayout,
): Operand {
  const uniforms = layoutUniforms(layout, sides);
  return hasLongRows(layout) ? { textures, uniforms, hasLongRows: true } : { textures, uniforms };
}
