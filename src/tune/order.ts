/**
 * Application of measured choices, which reorder the plans of a convolution and never remove one.
 */

import type { ConvShape } from '../../kernels/shape/convShape.js';
import type { Fusion } from '../../kernels/shape/fused.js';
import { convKey } from '../../kernels/webgl/convKey.js';
import type { Tile } from '../../kernels/webgl/layout/tile.js';
import type { Tuning } from '../../kernels/webgl/runner.js';

/** Map from the key of a convolution to the name of the variant to try first. */
export type Choices = Map<string, string>;

/** A convolution that a net requested. */
export interface SeenConv {
  readonly key: string;
  readonly shape: ConvShape;
  readonly fusion: Fusion;
  /** Tile of the input's layout; null if the input was not in tile layout. */
  readonly resident: Tile | null;
}

/**
 * Returns a Tuning that puts chosen variants first. A choice that is not among the plans, because
 * the variant no longer accepts that convolution, is forgotten, and the estimate decides. Only the
 * first such choice logs a warning.
 * @param see is called with every convolution
 */
export function tuningFrom(choices: Choices, see?: (conv: SeenConv) => void): Tuning {
  let warned = false;
  // A net passes the same list of plans each time, so the order is cached by list, and only the
  // first call computes a key.
  const known = new WeakMap<readonly unknown[], readonly unknown[]>();
  return {
    order(plans, shape, fusion, resident) {
      const done = see === undefined ? known.get(plans) : undefined;
      if (done !== undefined) return done as typeof plans;
      const key = convKey(shape, fusion, resident);
      see?.({ key, shape, fusion, resident });
      const choice = choices.get(key);
      // This result is not cached, because tune() may add a choice later to the choices in use.
      if (choice === undefined) return plans;
      const chosen = plans.find(({ variant }) => variant === choice);
      if (chosen !== undefined) {
        const order = [chosen, ...plans.filter((plan) => plan !== chosen)];
        known.set(plans, order);
        return order;
      }
      choices.delete(key);
      if (!warned) {
        console.warn(
          `tiled: the tuning names ${choice} for ${key}, which it does not compute; ` +
            'such choices are ignored. clearTuning() and tune() measure anew.',
        );
      }
      warned = true;
      return plans;
    },
  };
}
