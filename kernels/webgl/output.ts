import { NeedsFallback } from '../errors.js';
import type { DataFormat } from '../shape/convShape.js';
import { extentOf, type Tile, tileLayout } from './layout/tile.js';
import type { Output, TileRunner } from './runner.js';

/**
 * Returns the output of a program: a tensor of this shape in this tile.
 * @throws NeedsFallback if no texture is large enough
 */
export function outputIn(
  runner: TileRunner,
  shape: readonly number[],
  format: DataFormat,
  tile: Tile,
): Output {
  const layout = tileLayout(extentOf(shape, format), tile, runner.limits.maxTextureSize);
  if (layout === null)
    throw new NeedsFallback(`an output [${shape}] is too large for a texture here`);
  return { shape, layout, format };
}
