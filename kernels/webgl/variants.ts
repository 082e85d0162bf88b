/**
 * THE table: every way to compute a convolution is one row. Selection, tests, benchmarks and docs
 * iterate over it; no other code lists variants.
 */

import type { ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import { convKey } from './convKey.js';
import type { DeviceProfile } from './deviceProfile.js';
import { direct } from './direct.js';
import { general } from './general.js';
import { sameTile, type Tile } from './layout/tile.js';
import type { Plan, Variant } from './plan.js';
import type { Limits } from './runner.js';
import { transposed } from './transposed.js';
import { winograd } from './winograd.js';

const tile = (w: number, h: number, c: number): Tile => ({ w, h, c });

/** Every variant, in the order in which ties are broken. */
export const variants: readonly Variant[] = [
  // 3x3 and larger filters with stride 1, whose pixels share input: 20 to 35% faster than 2x2x2.
  direct('conv2d', tile(4, 2, 1)),
  // 1x1 filters (6 to 30% faster than 4x2x1), strides, and maps of 14x14 and 7x7.
  direct('conv2d', tile(2, 2, 2)),
  // Maps of one pixel: dense layers written as 1x1 convolutions.
  direct('conv2d', tile(1, 1, 8)),
  // Devices with 4 render targets.
  direct('conv2d', tile(2, 2, 1)),
  // The same, for tiles of one row, which take few registers.
  direct('conv2d', tile(4, 1, 1)),
  direct('conv2d', tile(2, 1, 2)),
  // Weights in uniform blocks: no fetches but those of the input, and a draw for each group of slices.
  direct('conv2d', tile(2, 2, 2), 'block'),
  direct('conv2d', tile(4, 2, 1), 'block'),
  direct('conv2d', tile(2, 1, 4), 'block'),
  direct('conv2d', tile(1, 1, 8), 'block'),
  direct('conv2d', tile(4, 1, 2), 'block'),
  // The same on devices with 4 render targets.
  direct('conv2d', tile(2, 1, 2), 'block'),
  direct('conv2d', tile(1, 1, 4), 'block'),
  direct('conv2d', tile(2, 1, 1), 'block'),
  // 3x3 filters with stride 1 and 128 channels or more: up to 1.3 times faster than 4x2x1, but with
  // more memory; used if tune() measures them to be faster.
  winograd(tile(4, 2, 1)),
  winograd(tile(2, 2, 2)),
  general('conv2d'),
  direct('depthwiseConv2d', tile(4, 2, 1)),
  direct('depthwiseConv2d', tile(2, 2, 2)),
  direct('depthwiseConv2d', tile(2, 2, 1)),
  // Filters of stride 2 on Intel, for which larger tiles lack registers.
  direct('depthwiseConv2d', tile(4, 1, 1)),
  // All weights and biases in one uniform block: a quarter of the fetches less.
  direct('depthwiseConv2d', tile(4, 2, 1), 'block'),
  direct('depthwiseConv2d', tile(2, 2, 2), 'block'),
  // Mali: tiles of one row take few registers; those of two slices where maps are not 4 pixels wide.
  direct('depthwiseConv2d', tile(4, 1, 1), 'block'),
  direct('depthwiseConv2d', tile(2, 1, 2), 'block'),
  general('depthwiseConv2d'),
  // Strides of 2 and 4 across; the pixels of a tile that use the same tap share its weights.
  transposed(tile(4, 2, 1)),
  // Devices with 4 render targets.
  transposed(tile(2, 2, 1)),
  general('conv2dTranspose'),
];

/**
 * Returns plans for a convolution, best first by the cost estimate. The general variant, which
 * supports everything, comes last and is the last rung before the stock kernel.
 */
export function convPlans(
  shape: ConvShape,
  fusion: Fusion,
  limits: Limits,
  resident: Tile | null,
): readonly Plan[] {
  const known = plansOfShapes.get(shape) ?? [];
  for (const request of known) {
    if (isSameRequest(request, fusion, limits, resident)) return request.plans;
  }
  const plans = plansOf(shape, fusion, limits, resident);
  known.push({ fusion, limits, resident, plans });
  plansOfShapes.set(shape, known);
  return plans;
}

/** A call of convPlans(), with its result. */
interface PlanRequest {
  readonly fusion: Fusion;
  readonly limits: Limits;
  readonly resident: Tile | null;
  readonly plans: readonly Plan[];
}

/** Plans by shape object, which is the same in every prediction. */
const plansOfShapes = new WeakMap<ConvShape, PlanRequest[]>();

function isSameRequest(
  known: PlanRequest,
  fusion: Fusion,
  limits: Limits,
  resident: Tile | null,
): boolean {
  const sameResident =
    known.resident === null || resident === null
      ? known.resident === resident
      : sameTile(known.resident, resident);
  return (
    sameResident &&
    known.fusion.activation === fusion.activation &&
    known.fusion.bias === fusion.bias &&
    known.limits.maxTextureSize === limits.maxTextureSize &&
    known.limits.maxTargets === limits.maxTargets &&
    known.limits.maxSamplers === limits.maxSamplers &&
    known.limits.sharesTextures === limits.sharesTextures &&
    known.limits.maxBlockBytes === limits.maxBlockBytes &&
    known.limits.precision === limits.precision &&
    known.limits.device === limits.device
  );
}

/** Makes plans, or finds those of another shape object with the same sizes. */
function plansOf(
  shape: ConvShape,
  fusion: Fusion,
  limits: Limits,
  resident: Tile | null,
): readonly Plan[] {
  const key = planKey(shape, fusion, limits, resident);
  let known = knownPlans.get(limits.device);
  if (known === undefined || known.size >= MOST_PLANS) {
    known = new Map();
    knownPlans.set(limits.device, known);
  }
  let plans = known.get(key);
  if (plans === undefined) {
    plans = variants
      .filter(({ kernel }) => kernel === shape.kernel)
      .map((variant) => variant.plan(shape, fusion, limits, resident))
      .filter((plan) => plan !== null)
      .sort((a, b) => a.cost - b.cost);
    known.set(key, plans);
  }
  return plans;
}

/**
 * Plans by the profile of the device and by key. Each is made once, because a net requests the same plans
 * in every prediction.
 */
const knownPlans = new WeakMap<DeviceProfile, Map<string, readonly Plan[]>>();
const MOST_PLANS = 2048;

/** Returns a key of everything that plans of a device depend on. */
function planKey(shape: ConvShape, fusion: Fusion, limits: Limits, resident: Tile | null): string {
  const { maxTextureSize, maxTargets, maxSamplers, sharesTextures, maxBlockBytes } = limits;
  const { precision } = limits;
  const all = [maxTextureSize, maxTargets, maxSamplers, sharesTextures, maxBlockBytes, precision];
  return `${convKey(shape, fusion, resident)};limits=${all}`;
}
