/** Transposed convolutions with strides above 1: each fragment sums over the taps of a tile. */
import type { ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import { transposedCost } from './cost.js';
import { rowParts } from './layout/rowParts.js';
import { type Tile, tileName } from './layout/tile.js';
import { arrival, fusedTensors, type Variant } from './plan.js';
import { fusionSteps } from './programs/steps.js';
import { offsetsOf, transposedSpec } from './programs/transposed.js';
import { MAX_UNROLLED } from './programs/window.js';
import { readsNear } from './programs/windowFetches.js';
import { type Limits, texturesOf } from './runner.js';

/** Returns a variant that sums over the taps that meet each pixel of a tile. */
export function transposed(out: Tile): Variant {
  const name = `transposed-${tileName(out)}`;
  return {
    name,
    method: 'direct',
    kernel: 'conv2dTranspose',
    tile: out,
    plan(shape, fusion, limits, resident) {
      if (out.w * out.h * out.c > limits.maxTargets) return null;
      const plan = transposedPlan(shape, fusion, limits, out, resident);
      if (plan === null) return null;
      const { device } = limits;
      const cost =
        transposedCost(device, shape, plan.inTile, out) +
        arrival(device, shape, resident, plan.inTile);
      return { variant: name, outTile: out, cost, ...plan };
    },
  };
}

/**
 * Returns the program that writes tiles of `out`, with its uniforms; null if none of its input tiles
 * can be read.
 */
function transposedPlan(
  shape: ConvShape,
  fusion: Fusion,
  limits: Limits,
  out: Tile,
  resident: Tile | null,
) {
  const { strideHeight, strideWidth } = shape;
  if (out.w % strideWidth !== 0 || out.h % strideHeight !== 0) return null;
  const samplers = limits.maxSamplers - 1 - fusedTensors(fusion);
  const own = { w: out.w / strideWidth, h: out.h / strideHeight, c: 1 };
  for (const input of resident === null ? [own] : [resident, own]) {
    if (texturesOf(input, limits) > samplers) continue;
    if (4 * tapsOf(shape) * out.w * out.h * input.c > MAX_UNROLLED) continue;
    const found = transposedSpec(shape, input, out);
    if (found === null) continue;
    const { spec, uniforms } = found;
    const rows = rowParts(Math.ceil(shape.inWidth / input.w), limits.maxTextureSize);
    if (!readsNear(input, rows, () => offsetsOf(spec))) continue;
    return { inTile: input, spec: { ...spec, steps: fusionSteps(fusion) }, uniforms };
  }
  return null;
}

/** Mean number of filter taps that add to an output pixel. */
function tapsOf({ filterHeight, filterWidth, strideHeight, strideWidth }: ConvShape): number {
  return (filterHeight * filterWidth) / (strideHeight * strideWidth);
}
