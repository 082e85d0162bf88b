/** Convolutions by Winograd's minimal filtering: four products instead of nine, in three passes. */

import type { ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import { winogradCost } from './cost.js';
import { type Tile, tileName } from './layout/tile.js';
import { COMPONENTS, PATCH, PRODUCT, SIDE, winogradLayout } from './layout/winograd.js';
import { fusedTensors, movingCost, type Variant, type WinogradPasses } from './plan.js';
import type { ConvSpec } from './programs/index.js';
import { modulo, range } from './programs/source.js';
import { fusionSteps } from './programs/steps.js';
import { INPUT_ROWS } from './programs/winograd.js';
import {
  type Limits,
  type Operand,
  type TileRunner,
  texturesOf,
  type UniformValue,
} from './runner.js';

/**
 * Minimum number of input channels. An output may be off by some units of the largest |x * w| of
 * any x and any w in its window, while a direct sum is off by units of its actual products. The
 * more products there are, the less this matters: from 32 channels on, the error stays below half
 * of the bound of a direct sum, even for a single pixel of a single channel.
 */
export const LEAST_CHANNELS = 32;

/** Returns a variant with four products instead of nine, for many channels. */
export function winograd(out: Tile): Variant {
  const name = `winograd-${tileName(out)}`;
  return {
    name,
    method: 'winograd',
    kernel: 'conv2d',
    tile: out,
    plan(shape, fusion, limits, resident) {
      const input = resident !== null && holdsTwoPatches(resident) ? resident : out;
      // The planes of x and the direct filter are read if an output is not finite.
      const samplers = 2 + texturesOf(input, limits) + fusedTensors(fusion);
      if (samplers > limits.maxSamplers) return null;
      const plan = winogradPlan(shape, fusion, limits, input, out);
      if (plan === null) return null;
      const { passes, spec, uniforms } = plan;
      const { device } = limits;
      const cost =
        winogradCost(device, shape, passes.layout) +
        movingCost(device, shape, resident, input, out);
      return { variant: name, inTile: input, outTile: out, spec, uniforms, winograd: passes, cost };
    },
  };
}

/** Returns the passes before the output, and its program; null if they cannot compute the shape. */
function winogradPlan(
  shape: ConvShape,
  fusion: Fusion,
  limits: Limits,
  input: Tile,
  out: Tile,
): { passes: WinogradPasses; spec: ConvSpec; uniforms: Record<string, UniformValue> } | null {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft } = shape;
  const { dilationHeight, dilationWidth } = shape;
  const plain = strideHeight * strideWidth * dilationHeight * dilationWidth === 1;
  if (filterHeight !== 3 || filterWidth !== 3 || !plain) return null;
  if (shape.inChannels < LEAST_CHANNELS) return null;
  // Half floats would round the transformed values, which are sums and differences of others.
  if (limits.precision === 'half') return null;
  if (limits.maxTargets < PRODUCT.patches * PRODUCT.slices) return null;
  const layout = winogradLayout(shape, input, limits.maxTextureSize);
  if (layout === null) return null;
  const { parts, bands, stack } = layout;
  const padPhaseX = modulo(padLeft, input.w);
  const padPhaseY = modulo(padTop, input.h);
  const padTiles = [Math.floor(padLeft / input.w), Math.floor(padTop / input.h)];
  const inputs = range(parts.slices).flatMap((slice) =>
    range(parts.across).flatMap((x) =>
      range(SIDE / INPUT_ROWS).map((i) => {
        const row = i * INPUT_ROWS;
        const part = { x, slice };
        const family = 'winogradInput' as const;
        const spec = { family, in: input, part, row, padPhaseX, padPhaseY };
        return { spec, uniforms: { padTiles } };
      }),
    ),
  );
  const products = {
    spec: { family: 'winogradProducts', parts } as const,
    uniforms: { stack, bands: [bands.x, bands.y] },
  };
  const { across } = parts;
  return {
    passes: { layout, inputs, products },
    spec: { family: 'winogradOutput', in: input, out, across, steps: fusionSteps(fusion) },
    uniforms: { ...products.uniforms, padding: [padLeft, padTop] },
  };
}

/**
 * Calls `output` with M, the sums of the products of the components of x and of the filter, and
 * releases M afterwards.
 */
export function withProducts<Result>(
  runner: TileRunner,
  { layout, inputs, products }: WinogradPasses,
  x: Operand,
  weights: Operand,
  output: (m: Operand) => Result,
): Result {
  const { parts } = layout;
  const layers = COMPONENTS * parts.across * parts.slices;
  const passes = inputs.map((pass) => ({ ...pass, operands: { x } }));
  const v = runner.fillLayers(layers, layout.inputs, passes);
  try {
    const pass = { ...products, operands: { v: v.operand, weights } };
    const m = runner.fillLayers(PRODUCT.patches * PRODUCT.slices, layout.products, [pass]);
    try {
      return output(m.operand);
    } finally {
      runner.releaseLayers(m);
    }
  } finally {
    runner.releaseLayers(v);
  }
}

/** True if an input tile holds two patches, across or along its slices. */
function holdsTwoPatches({ w, h, c }: Tile): boolean {
  return h === PATCH && w % PATCH === 0 && (w / PATCH) * c === 2;
}
