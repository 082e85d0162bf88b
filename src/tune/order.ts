/** Measured choices at work: they reorder the plans of a convolution, and never remove one. */

import type { ConvShape } from '../../kernels/shape/convShape.js';
import type { Fusion } from '../../kernels/shape/fused.js';
import { convKey } from '../../kernels/webgl/convKey.js';
import type { Tile } from '../../kernels/webgl/layout/tile.js';
import type { Tuning } from '../../kernels/webgl/runner.js';

/** Key of a convolution -> name of the variant to try first. */
export type Choices = Map<string, string>;

/** A convolution that a net asked for. */
export interface SeenConv {
  readonly key: string;
  readonly shape: ConvShape;
  readonly fusion: Fusion;
  /** The tile its input lay in; null for none. */
  readonly resident: Tile | null;
}

/**
 * Puts chosen variants first. A choice that is none of the plans (the variant no longer takes
 * that convolution) is warned about once for all and forgotten: the estimate decides.
 * @param see is told of every convolution
 */
export function tuningFrom(choices: Choices, see?: (conv: SeenConv) => void): Tuning {
  let warned = false;
  // A net gives the same list of plans each time, so that only the first time makes a key.
  const known = new WeakMap<readonly unknown[], readonly unknown[]>();
  return {
    order(plans, shape, fusion, resident) {
      const done = see === undefined ? known.get(plans) : undefined;
      if (done !== undefined) return done as typeof plans;
      const key = convKey(shape, fusion, resident);
      see?.({ key, shape, fusion, resident });
      const choice = choices.get(key);
      // There may be a choice later: tune() adds to those in use.
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
