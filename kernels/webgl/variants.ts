/**
 * THE table: every way to compute a convolution is one row. Selection, tests, benchmarks and docs
 * iterate over it; no other code lists variants.
 */

import type { ConvKernel, ConvShape } from '../shape/convShape.js';
import type { Fusion } from '../shape/fused.js';
import { convKey } from './convKey.js';
import { convertCost, departCost, tiledConvCost, winogradCost } from './cost.js';
import { sameTile, type Tile, tileName } from './layout/tile.js';
import { fusionSteps } from './programs/epilogue.js';
import type { ConvSpec } from './programs/index.js';
import { type Window, windowOf, windowTexels, windowUniforms } from './programs/window.js';
import type { Limits, UniformValue } from './runner.js';
import { holdsTwoPatches, type WinogradPasses, winogradPlan } from './winograd.js';

/** Plan of a variant for one convolution. Plain data. */
export interface Plan {
  readonly variant: string;
  readonly inTile: Tile;
  readonly outTile: Tile;
  readonly spec: ConvSpec;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  /** Passes that are drawn before the output, unless the variant sums directly. */
  readonly winograd?: WinogradPasses;
  /** Estimate for comparison with other plans of the same convolution. */
  readonly cost: number;
}

/**
 * Algorithm of a variant. `direct`: an unrolled sum over a window; `winograd`: transforms that save
 * products; `general`: a sum in loops, for any shape.
 */
export type Method = 'direct' | 'winograd' | 'general';

export interface Variant {
  readonly name: string;
  readonly method: Method;
  readonly kernel: ConvKernel;
  /** Pixels and slices that one fragment computes. */
  readonly tile: Tile;
  /**
   * Returns the plan for a shape, or null if the variant does not support it.
   * @param resident tile that the input is in now, null if it is not in planes
   */
  plan(shape: ConvShape, fusion: Fusion, limits: Limits, resident: Tile | null): Plan | null;
}

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
  // 3x3 filters with stride 1 and 128 channels or more: up to 1.3 times faster than 4x2x1, but with
  // more memory; used if tune() measures them to be faster.
  winograd(tile(4, 2, 1)),
  winograd(tile(2, 2, 2)),
  general('conv2d'),
  direct('depthwiseConv2d', tile(4, 2, 1)),
  direct('depthwiseConv2d', tile(2, 2, 2)),
  direct('depthwiseConv2d', tile(2, 2, 1)),
  general('depthwiseConv2d'),
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
  const key = planKey(shape, fusion, limits, resident);
  let plans = knownPlans.get(key);
  if (plans === undefined) {
    plans = variants
      .filter(({ kernel }) => kernel === shape.kernel)
      .map((variant) => variant.plan(shape, fusion, limits, resident))
      .filter((plan) => plan !== null)
      .sort((a, b) => a.cost - b.cost);
    if (knownPlans.size >= MOST_PLANS) knownPlans.clear();
    knownPlans.set(key, plans);
  }
  return plans;
}

/** Plans by key. Each is made once, because a net requests the same plans in every prediction. */
const knownPlans = new Map<string, readonly Plan[]>();
const MOST_PLANS = 2048;

/** Returns a key of everything that plans depend on. */
function planKey(
  shape: ConvShape,
  fusion: Fusion,
  { maxTextureSize, maxTargets, maxSamplers }: Limits,
  resident: Tile | null,
): string {
  const limits = `${maxTextureSize},${maxTargets},${maxSamplers}`;
  return `${convKey(shape, fusion, resident)};limits=${limits}`;
}

/**
 * Maximum number of multiply-adds and fetches that a program spells out: text and compile time grow
 * with them.
 */
export const MAX_UNROLLED = 1024;

/** Returns a variant that sums directly, for a tile of pixels that share the input they read. */
function direct(kernel: ConvKernel, out: Tile): Variant {
  const name = `${kernel === 'conv2d' ? 'direct' : 'depthwise'}-${tileName(out)}`;
  return {
    name,
    method: 'direct',
    kernel,
    tile: out,
    plan(shape, fusion, limits, resident) {
      if (shape.channelMultiplier !== 1) return null;
      if (out.w * out.h * out.c > limits.maxTargets) return null;
      const samplers = limits.maxSamplers - 1 - fusedTensors(fusion);
      const kept = resident && readable(shape, resident, out, samplers);
      const choices = kept
        ? [kept]
        : inputTiles(kernel, out)
            .map((input) => readable(shape, input, out, samplers))
            .filter((window) => window !== null);
      const best = choices
        .map((window) => ({ window, cost: tiledConvCost(shape, window, windowTexels(window)) }))
        .reduce<Costed | null>((a, b) => (a === null || b.cost < a.cost ? b : a), null);
      if (best === null) return null;
      const { window } = best;
      const steps = fusionSteps(fusion);
      return {
        variant: name,
        inTile: window.in,
        outTile: out,
        spec:
          kernel === 'conv2d'
            ? { family: 'conv2d', ...window, lanes: Math.min(4, shape.inChannels), steps }
            : { family: 'depthwise', ...window, steps },
        uniforms: windowUniforms(shape, window),
        cost: best.cost + movingCost(shape, resident, window.in, out),
      };
    },
  };
}

/** Returns a variant with four products instead of nine, for many channels; see winograd.ts. */
function winograd(out: Tile): Variant {
  const name = `winograd-${tileName(out)}`;
  return {
    name,
    method: 'winograd',
    kernel: 'conv2d',
    tile: out,
    plan(shape, fusion, limits, resident) {
      const input = resident !== null && holdsTwoPatches(resident) ? resident : out;
      // The planes of x and the direct filter are read if an output is not finite.
      const samplers = 2 + input.w * input.h * input.c + fusedTensors(fusion);
      if (samplers > limits.maxSamplers) return null;
      const plan = winogradPlan(shape, fusion, limits, input, out);
      if (plan === null) return null;
      const { passes, spec, uniforms } = plan;
      const cost = winogradCost(shape, passes.layout) + movingCost(shape, resident, input, out);
      return { variant: name, inTile: input, outTile: out, spec, uniforms, winograd: passes, cost };
    },
  };
}

/** Returns the cost of converting the input to `input`, and of leaving the output in `out`. */
function movingCost(shape: ConvShape, resident: Tile | null, input: Tile, out: Tile): number {
  const arrives = resident !== null && sameTile(resident, input) ? 0 : convertCost(shape);
  const net = resident !== null && shape.inChannels > 4 ? resident : firstTile(shape.kernel, out);
  const departs = sameTile(net, out) ? 0 : departCost(shape);
  return arrives + departs;
}

/**
 * Returns the tile that a picture, or input that is not in planes, counts as being in. A net begins
 * with 2x2x2 because convolutions of every tile can read it.
 */
function firstTile(kernel: ConvKernel, out: Tile): Tile {
  return kernel === 'conv2d' ? { w: 2, h: 2, c: 2 } : out;
}

interface Costed {
  readonly window: Window;
  readonly cost: number;
}

/** Returns the tiles to which other input may be converted for output tiles of `out`. */
function inputTiles(kernel: ConvKernel, out: Tile): Tile[] {
  if (kernel !== 'conv2d') return [out, { ...out, h: 1 }];
  return [out, { ...out, c: 1 }, { ...out, h: 1, c: 1 }];
}

/** Returns the window through which tiles of `out` read planes of `input`; null if they cannot. */
function readable(shape: ConvShape, input: Tile, out: Tile, samplers: number): Window | null {
  if (input.w * input.h * input.c > samplers) return null;
  if (shape.kernel === 'depthwiseConv2d' && input.c !== out.c) return null;
  const window = windowOf(shape, input, out);
  return window !== null && unrolled(shape, window) <= MAX_UNROLLED ? window : null;
}

function unrolled({ kernel }: ConvShape, window: Window): number {
  const { filterRows, filterWidth, in: input, out } = window;
  const taps = filterRows * filterWidth;
  const pixels = out.w * out.h;
  return kernel === 'conv2d'
    ? input.c * (windowTexels(window) + 4 * taps * out.c * (pixels + 1))
    : out.c * (windowTexels(window) + taps * (pixels + 1));
}

/** Returns a variant that computes any shape from any input tile. */
function general(kernel: ConvKernel): Variant {
  const name = kernel === 'conv2d' ? 'general' : 'depthwise-general';
  const out = tile(1, 1, 1);
  return {
    name,
    method: 'general',
    kernel,
    tile: out,
    plan(shape, fusion, _limits, resident) {
      const input = resident ?? out;
      const family =
        kernel === 'conv2d' ? ('generalConv2d' as const) : ('generalDepthwise' as const);
      const { filterWidth, strideWidth, dilationWidth, padLeft, channelMultiplier } = shape;
      return {
        variant: name,
        inTile: input,
        outTile: out,
        spec: { family, in: input, steps: fusionSteps(fusion) },
        uniforms: {
          rowGeometry: rowGeometry(shape),
          columnGeometry: [filterWidth, strideWidth, dilationWidth, padLeft],
          ...(kernel === 'conv2d' ? {} : { multiplier: channelMultiplier }),
        },
        // Never the first choice, because its one-pixel tiles would spread to the layers after it.
        cost: Number.POSITIVE_INFINITY,
      };
    },
  };
}

function rowGeometry({ filterHeight, strideHeight, dilationHeight, padTop }: ConvShape): number[] {
  return [filterHeight, strideHeight, dilationHeight, padTop];
}

function fusedTensors({ bias, activation }: Fusion): number {
  return (bias ? 1 : 0) + (activation === 'prelu' ? 1 : 0);
}
