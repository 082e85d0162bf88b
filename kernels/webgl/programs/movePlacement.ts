/** Placements of rearrangements, which may be drawn in any. */
import { util } from '@tensorflow/tfjs-core';
import type { Fetch } from '../layout/indexMap.js';
import { densePlacement, type TextureLimits } from '../layout/placing.js';
import type { Placement } from '../layout/tile.js';
import { type Move, movePlan } from './movePlan.js';

/** Rearrangement of values in a placement. */
interface Movable {
  readonly from: Placement;
  readonly move: Move;
}

/** Returns the number of fetches for four channels. */
function fetchesOf(fetch: Fetch): number {
  return typeof fetch === 'string' ? { texel: 1, run: 2, lanes: 4 }[fetch] : new Set(fetch).size;
}

/**
 * Returns the placement of a rearrangement for a reader that has its result in this shape: the format in
 * which it takes the fewest fetches, and of two the one of `like`. Returns null if none is dense.
 */
export function movedPlacement(
  shape: readonly number[],
  { from, move }: Movable,
  like: Placement,
  limits: TextureLimits,
): Placement | null {
  const other = like.format === 'NHWC' ? 'NCHW' : 'NHWC';
  let best: { readonly placement: Placement; readonly fetches: number } | null = null;
  for (const format of [like.format, other] as const) {
    const placement = densePlacement(shape, move.outShape, { ...like, format }, limits);
    if (placement === null) continue;
    const count = fetchesOf(movePlan(from, placement, move).spec.fetch);
    if (best === null || count < best.fetches) best = { placement, fetches: count };
  }
  return best?.placement ?? null;
}

/** Returns the same, but `output` if the result already has this shape there, or if none is dense. */
export function settledPlacement(
  shape: readonly number[],
  moved: Movable,
  output: Placement & { readonly shape: readonly number[] },
  limits: TextureLimits,
): Placement {
  if (util.arraysEqual([...shape], [...output.shape])) return output;
  const like = { layout: moved.from.layout, format: output.format };
  return movedPlacement(shape, moved, like, limits) ?? output;
}
