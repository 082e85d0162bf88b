/**
 * Winograd's minimal filtering F(2x2, 3x3) in textures. It computes 2x2 outputs of a 3x3 filter
 * from the 4x4 inputs that they read, a patch, with 16 products instead of 36 (S. Winograd,
 * Arithmetic Complexity of Computations, 1980; A. Lavin and S. Gray, Fast Algorithms for
 * Convolutional Neural Networks, 2016). There are three programs:
 *
 *     V = BT x B      16 components of each patch and input slice
 *     M = sum of V U  16 components of each patch and output slice, U = G w GT
 *     y = AT M A
 *
 * V is stored in layers of an array texture: `part * 16 + component`. An input tile holds one or
 * two patches, across or along its slices: its parts. A layer is a tensor with one patch per texel.
 *
 * M is stored in 8 layers: a fragment multiplies 4 patches by 2 output slices, and a layer has one
 * of the two slices for one of the four patches: `(slice % 2)*4 + patch`. The 4 patches come from
 * the parts across and from the bands of a layer, `bands.x` across and `bands.y` down. The
 * components are stacked, each `stack` texels below the one before.
 */
import { hasLongRows } from './rowParts.js';
import { type Tile, type TileLayout, tileLayout } from './tile.js';

/** Number of outputs of one patch across and down. */
export const PATCH = 2;
/** Number of components across and down: as many as a patch has inputs. */
export const SIDE = PATCH + 2;
export const COMPONENTS = SIDE * SIDE;
/** Number of patches and of output slices that a fragment of M computes. */
export const PRODUCT = { patches: 4, slices: 2 } as const;
/**
 * Number of input slices that a fragment of M reads in one turn of its loop; V is padded to whole
 * turns.
 */
export const TURN_SLICES = 2;

const onePatch: Tile = { w: 1, h: 1, c: 1 };

export interface WinogradLayout {
  /** Number of patches across and of slices in an input tile; their combinations are its parts. */
  readonly parts: { readonly across: number; readonly slices: number };
  /** Layout of one layer of V. */
  readonly inputs: TileLayout;
  readonly bands: { readonly x: number; readonly y: number };
  /** Layout of one layer of M with all its components. */
  readonly products: TileLayout;
  /** Texels down from a component of M to the next. */
  readonly stack: number;
}

export interface PatchSizes {
  readonly batch: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
}

/** Returns the layout for input in tiles of height 2, or null if no texture is large enough. */
export function winogradLayout(
  { batch, inChannels, outHeight, outWidth, outChannels }: PatchSizes,
  tile: Tile,
  maxTextureSize: number,
): WinogradLayout | null {
  const parts = { across: tile.w / PATCH, slices: tile.c };
  const rows = Math.ceil(outHeight / PATCH);
  const columns = Math.ceil(outWidth / PATCH / parts.across);
  const groups = turnGroups(parts) * Math.ceil(inChannels / 4 / TURN_SLICES);
  const bands = bandsOf(rows, columns, PRODUCT.patches / parts.across);
  const inputs = tileLayout(
    { batch, height: rows, width: columns, channels: 4 * groups },
    onePatch,
    maxTextureSize,
  );
  const one = tileLayout(
    {
      batch,
      height: Math.ceil(rows / bands.y),
      width: Math.ceil(columns / bands.x),
      channels: outChannels,
    },
    { ...onePatch, c: PRODUCT.slices },
    Math.floor(maxTextureSize / COMPONENTS),
  );
  // A fragment of M reads and writes several bands of rows, which must be whole.
  if (inputs === null || one === null || hasLongRows(inputs) || hasLongRows(one)) return null;
  const products = { ...one, texHeight: one.texHeight * COMPONENTS };
  return { parts, inputs, bands, products, stack: one.texHeight };
}

/** Returns the number of groups of a layer of V that make a turn. */
export function turnGroups({ slices }: WinogradLayout['parts']): number {
  return TURN_SLICES / slices;
}

/** Returns the bands with the fewest unused patches; among equal choices, the fewest across. */
function bandsOf(rows: number, columns: number, count: number): { x: number; y: number } {
  const patches = (x: number) => Math.ceil(columns / x) * Math.ceil((rows * x) / count);
  const choices = [1, 2, 4].filter((x) => x <= count);
  const x = choices.reduce((best, x) => (patches(x) < patches(best) ? x : best));
  return { x, y: count / x };
}
