/** Direct convolutions: each fragment sums the window of a tile of output pixels. */
import type { ConvShape, ForwardKernel } from '../shape/convShape.js';
import { tiledConvCost } from './cost.js';
import { type Tile, tileName } from './layout/tile.js';
import { fusedTensors, movingCost, type Variant } from './plan.js';
import { fusionSteps } from './programs/epilogue.js';
import {
  MAX_UNROLLED,
  type Window,
  windowOf,
  windowTexels,
  windowUniforms,
} from './programs/window.js';
import { texturesOf } from './runner.js';

/** Returns a variant that sums directly, for a tile of pixels that share the input they read. */
export function direct(kernel: ForwardKernel, out: Tile): Variant {
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
      const fits = (input: Tile) => texturesOf(input, limits) <= samplers;
      const kept = resident && fits(resident) ? readable(shape, resident, out) : null;
      const choices = kept
        ? [kept]
        : inputTiles(kernel, out)
            .filter(fits)
            .map((input) => readable(shape, input, out))
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

interface Costed {
  readonly window: Window;
  readonly cost: number;
}

/** Returns the tiles to which other input may be converted for output tiles of `out`. */
function inputTiles(kernel: ForwardKernel, out: Tile): Tile[] {
  if (kernel !== 'conv2d') return [out, { ...out, h: 1 }];
  return [out, { ...out, c: 1 }, { ...out, h: 1, c: 1 }];
}

/** Returns the window through which tiles of `out` read planes of `input`; null if they cannot. */
function readable(shape: ConvShape, input: Tile, out: Tile): Window | null {
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
