/** Direct convolutions: each fragment sums the window of a tile of output pixels. */
import type { ConvShape, ForwardKernel } from '../shape/convShape.js';
import { isWhole, tiledConvCost } from './cost.js';
import type { DeviceProfile } from './deviceProfile.js';
import { blockSizes, groupBytes } from './layout/filter.js';
import { blockTurns } from './layout/filterBlock.glsl.js';
import { type Tile, tileName } from './layout/tile.js';
import { fusedTensors, movingCost, type Variant } from './plan.js';
import { loopsOverSlices, texelsOfATurn } from './programs/conv2d.js';
import { fusionSteps } from './programs/steps.js';
import {
  MAX_UNROLLED,
  type Window,
  windowOf,
  windowTexels,
  windowUniforms,
} from './programs/window.js';
import { type Limits, texturesOf } from './runner.js';

/** Place of the weights of a program. */
type WeightsIn = 'texture' | 'block';

/**
 * Returns a variant that sums directly, for a tile of pixels that share the input they read.
 * @param weightsIn a texture, from which one draw reads the weights of all output slices, or a uniform
 *   block for each group of output slices, which is drawn by itself
 */
export function direct(
  kernel: ForwardKernel,
  out: Tile,
  weightsIn: WeightsIn = 'texture',
): Variant {
  const isBlock = weightsIn === 'block';
  const method = kernel === 'conv2d' ? (isBlock ? 'block' : 'direct') : 'depthwise';
  const name = `${method}-${tileName(out)}`;
  return {
    name,
    method: 'direct',
    kernel,
    tile: out,
    plan(shape, fusion, limits, resident) {
      if (shape.channelMultiplier !== 1) return null;
      if (out.w * out.h * out.c > limits.maxTargets) return null;
      const samplers = limits.maxSamplers - (isBlock ? 0 : 1) - fusedTensors(fusion);
      const choice = (input: Tile): Choice[] => {
        if (texturesOf(input, limits) > samplers) return [];
        const window = readable(shape, input, out, limits);
        if (window === null) return [];
        if (!isBlock) return [{ window }];
        const block = blockOf(shape, window, limits.maxBlockBytes);
        return block === null ? [] : [{ window, block }];
      };
      const kept = resident === null ? [] : choice(resident);
      const choices = kept.length > 0 ? kept : inputTiles(kernel, out).flatMap(choice);
      const best = choices
        .map((found) => ({ ...found, cost: costOf(limits.device, shape, found) }))
        .reduce<Costed | null>((a, b) => (a === null || b.cost < a.cost ? b : a), null);
      if (best === null) return null;
      const { window, block } = best;
      const steps = fusionSteps(fusion);
      const lanes = Math.min(4, shape.inChannels);
      return {
        variant: name,
        inTile: window.in,
        outTile: out,
        spec:
          kernel === 'depthwiseConv2d'
            ? { family: 'depthwise', ...window, steps, ...wholeTiles(shape, out, limits) }
            : { family: 'conv2d', ...window, lanes, steps, ...(isBlock ? { block } : {}) },
        uniforms: windowUniforms(shape, window),
        cost: best.cost + movingCost(limits.device, shape, resident, window.in, out),
      };
    },
  };
}

/**
 * Notes that no tile of the output reaches beyond it. A depthwise convolution spends a tenth of its
 * operations on the tests; rasterisers gain less than another program costs them.
 */
function wholeTiles(shape: ConvShape, out: Tile, { device }: Limits): { whole?: true } {
  return isWhole(shape, out) && !device.software ? { whole: true } : {};
}

/** A way for a variant to read its input, and the bytes of its uniform block of weights. */
interface Choice {
  readonly window: Window;
  readonly block?: number;
}

interface Costed extends Choice {
  readonly cost: number;
}

function costOf(device: DeviceProfile, shape: ConvShape, { window, block }: Choice): number {
  return tiledConvCost(device, shape, window, windowTexels(window), block !== undefined);
}

/** Returns the bytes of the smallest uniform block for the weights of a group; null if none has room. */
function blockOf(shape: ConvShape, window: Window, most: number): number | null {
  const { filterHeight, filterWidth, inChannels } = shape;
  const texels = texelsOfATurn(window);
  const turns = groupBytes([filterHeight, filterWidth, inChannels], window.in.c, window.out.c);
  return (
    blockSizes.find((bytes) => bytes <= most && blockTurns(bytes, texels) * texels * 16 >= turns) ??
    null
  );
}

/** Returns the tiles to which other input may be converted for output tiles of `out`. */
function inputTiles(kernel: ForwardKernel, out: Tile): Tile[] {
  if (kernel !== 'conv2d') return [out, { ...out, h: 1 }];
  return [out, { ...out, c: 1 }, { ...out, h: 1, c: 1 }];
}

/** Returns the window through which tiles of `out` read planes of `input`; null if they cannot. */
function readable(shape: ConvShape, input: Tile, out: Tile, limits: Limits): Window | null {
  if (shape.kernel === 'depthwiseConv2d' && input.c !== out.c) return null;
  const window = windowOf(shape, input, out);
  return window !== null && unrolled(shape, window, limits) <= MAX_UNROLLED ? window : null;
}

function unrolled({ kernel }: ConvShape, window: Window, { sharesTextures }: Limits): number {
  const { filterRows, filterWidth, in: input, out } = window;
  const taps = filterRows * filterWidth;
  const pixels = out.w * out.h;
  const slices = loopsOverSlices(window, sharesTextures ? 'layers' : 'textures') ? 1 : input.c;
  return kernel === 'conv2d'
    ? slices * (windowTexels(window) + 4 * taps * out.c * (pixels + 1))
    : out.c * (windowTexels(window) + taps * (pixels + 1));
}
