import type { ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import type { Tile } from './layout/tile.js';

/** Measured choices among variants. */
export interface Tuning {
  /**
   * Returns the same plans with the plan that was measured to be best in front.
   * @param plans plans of one convolution in the order of their estimates
   * @param resident tile that the input is in
   */
  order<P extends { readonly variant: string }>(
    plans: readonly P[],
    shape: ConvShape,
    fusion: Fusion,
    resident: Tile | null,
  ): readonly P[];
}
