/** Direct convolutions: each fragment sums the window of a tile of output pixels. */
import type { ConvShape, ForwardKernel } from '../shape/convShape.js';
import { isWhole, tiledConvCost } from './cost.js';
import type { DeviceProfile } from './deviceProfile.js';
import { blockSizes, depthwiseBlockLayout, groupBytes } from './layout/filter.js';
import { blockTurns } from './layout/filterBlock.glsl.js';
import { rowParts } from './layout/rowParts.js';
import { type Tile, tileName } from './layout/tile.js';
import { fusedTensors, movingCost, type Variant } from './plan.js';
import { loopsOverSlices, texelsOfATurn } from './programs/conv2d.js';
import { fusionSteps } from './programs/steps.js';
import {
  MAX_UNROLLED,
  offsets,
  type Window,
  windowOf,
  windowTexels,
  windowUniforms,
} from './programs/window.js';
import { readsNear } from './programs/windowFetches.js';
import { type Limits, texturesOf } from './runner.js';

/** Place of the weights of a program. */
type WeightsIn = 'texture' | 'block';

/**
 * Returns a variant that sums directly, for a tile of pixels that share the input they read.
 * @param weightsIn a texture, from which one draw reads the weights of all output slices, or a uniform
 *   block: for a conv2d one for each group of output slices, which is drawn by itself, and for a
 *   depthwise convolution one with all weights and biases, or with as many as it has room for
 */
export function direct(
  kernel: ForwardKernel,
  out: Tile,
  weightsIn: WeightsIn = 'texture',
): Variant {
  const isBlock = weightsIn === 'block';
  const name = `${methods[kernel][weightsIn]}-${tileName(out)}`;
  return {
    name,
    method: 'direct',
    kernel,
    tile: out,
    plan(shape, fusion, limits, resident) {
      if (shape.channelMultiplier !== 1) return null;
      if (out.w * out.h * out.c > limits.maxTargets) return null;
      const computesPlaces = isBlock && kernel === 'depthwiseConv2d';
      const isPointless = computesPlaces && limits.device.rates.indexedWeight === null;
      const biased = computesPlaces && fusion.bias;
      const rest = biased ? { ...fusion, bias: false } : fusion;
      const samplers = limits.maxSamplers - (isBlock ? 0 : 1) - fusedTensors(rest);
      const choice = (input: Tile): Choice[] => {
        if (texturesOf(input, limits) > samplers) return [];
        return readable(shape, input, out, limits).flatMap((window) => {
          if (!isBlock) return [{ window }];
          const block = blockOf(shape, window, limits.maxBlockBytes, biased);
          return block === null ? [] : [{ window, ...block }];
        });
      };
      const kept = resident === null ? [] : choice(resident);
      const choices = kept.length > 0 ? kept : inputTiles(kernel, out).flatMap(choice);
      const best = choices
        .map((found) => ({ ...found, cost: costOf(limits.device, shape, found) }))
        .reduce<Costed | null>((a, b) => (a === null || b.cost < a.cost ? b : a), null);
      if (best === null) return null;
      const { window, block } = best;
      const steps = fusionSteps(rest);
      const lanes = Math.min(4, shape.inChannels);
      const inBlock = block === undefined ? {} : { block };
      return {
        variant: name,
        inTile: window.in,
        outTile: out,
        spec:
          kernel === 'depthwiseConv2d'
            ? {
                family: 'depthwise',
                ...window,
                steps,
                ...wholeTiles(shape, out, limits),
                ...inBlock,
                ...(biased ? { biased } : {}),
              }
            : { family: 'conv2d', ...window, lanes, steps, ...inBlock },
        uniforms: windowUniforms(shape, window),
        cost: isPointless
          ? Number.POSITIVE_INFINITY
          : best.cost + movingCost(limits.device, shape, resident, window.in, out),
      };
    },
  };
}

const methods = {
  conv2d: { texture: 'direct', block: 'block' },
  depthwiseConv2d: { texture: 'depthwise', block: 'depthwise-block' },
} as const;

/**
 * Notes that no tile of the output reaches beyond it, or no slice. A depthwise convolution spends a tenth
 * of its operations on the tests; rasterisers gain less than another program costs them.
 */
function wholeTiles(shape: ConvShape, out: Tile, { device }: Limits): Pick<Window, 'whole'> {
  if (device.software) return {};
  if (isWhole(shape, out)) return { whole: 'tiles' };
  return shape.outChannels % (4 * out.c) === 0 ? { whole: 'channels' } : {};
}

/** A way for a variant to read its input, and its weights. */
interface Choice {
  readonly window: Window;
  /** Bytes of the uniform block of weights; undefined if they are in a texture. */
  readonly block?: number;
  /** Number of parts in which the block has the weights of a depthwise filter. */
  readonly parts?: number;
}

interface Costed extends Choice {
  readonly cost: number;
}

function costOf(device: DeviceProfile, shape: ConvShape, choice: Choice): number {
  const { window, block, parts = 1 } = choice;
  const cost = tiledConvCost(device, shape, window, windowTexels(window), block !== undefined);
  return cost + (parts === 1 ? 0 : (parts * shape.batch - 1) * device.rates.draw);
}

/**
 * Returns the bytes of the smallest uniform block for the weights that a draw reads, and the number of
 * parts in which a block has those of a depthwise filter; null if none has room.
 */
function blockOf(
  shape: ConvShape,
  window: Window,
  most: number,
  biased: boolean,
): Pick<Choice, 'block' | 'parts'> | null {
  const { filterHeight, filterWidth, inChannels } = shape;
  const filter = [filterHeight, filterWidth, inChannels] as const;
  const sizes = blockSizes.filter((bytes) => bytes <= most);
  if (shape.kernel === 'conv2d') {
    const texels = texelsOfATurn(window);
    const weights = groupBytes(filter, window.in.c, window.out.c);
    const block = sizes.find((bytes) => blockTurns(bytes, texels) * texels * 16 >= weights);
    return block === undefined ? null : { block };
  }
  // The weights of a turn lie side by side in a block, and rows of a filter are not divided there.
  if (window.loopsAcross) return null;
  const packing = { outTileSlices: window.out.c, filterRows: window.filterRows, biased };
  const partsIn = (block: number) =>
    depthwiseBlockLayout(filter, { ...packing, block })?.parts ?? null;
  const block = sizes.find((bytes) => partsIn(bytes) === 1) ?? sizes.at(-1);
  const parts = block === undefined ? null : partsIn(block);
  return parts === null ? null : { block, parts };
}

/** Returns the tiles to which other input may be converted for output tiles of `out`. */
function inputTiles(kernel: ForwardKernel, out: Tile): Tile[] {
  if (kernel !== 'conv2d') return [out, { ...out, h: 1 }];
  return [out, { ...out, c: 1 }, { ...out, h: 1, c: 1 }];
}

/**
 * Returns the windows through which tiles of `out` read planes of `input`. A depthwise program is so short
 * that a GPU gains if it has no loop over filter rows.
 */
function readable(shape: ConvShape, input: Tile, out: Tile, limits: Limits): Window[] {
  const isDepthwise = shape.kernel === 'depthwiseConv2d';
  if (isDepthwise && input.c !== out.c) return [];
  const rows = rowParts(Math.ceil(shape.inWidth / input.w), limits.maxTextureSize);
  // In a long row, taps that are far from each other have turns of their own.
  for (const turn of [{}, { mostColumns: 1 }]) {
    const few = windowOf(shape, input, out, turn);
    if (few === null) return [];
    // All filter rows have the columns of few.
    if (!readsNear(input, rows, () => offsets(few))) continue;
    const all = few.loop && isDepthwise && !limits.device.software;
    const windows = all
      ? [windowOf(shape, input, out, { ...turn, rows: 'all' }) as Window, few]
      : [few];
    return windows.filter((window) => unrolled(shape, window, limits) <= MAX_UNROLLED);
  }
  return [];
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
