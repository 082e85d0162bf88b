import type { Tile } from './tile.js';

/** Place of the planes of a tensor: each in a texture, or all in the layers of one array texture. */
export type PlaneStorage = 'textures' | 'layers';

/**
 * Returns the sampler names of the planes of an operand, in the order of the layout: x0, x1, ...
 */
export function planeNames(name: string, tile: Tile): string[] {
  return Array.from({ length: tile.w * tile.h * tile.c }, (_, plane) => `${name}${plane}`);
}
