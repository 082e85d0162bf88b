/**
 * THE table: every way to compute a convolution is one row. Selection, tests,
 * benchmarks and docs iterate it; nothing else lists variants.
 */
import { sameTile, type Tile, tileName } from '../../src/layout/tile.js';
import type { Limits, UniformValue } from '../../src/runner.js';
import type { ConvKernel, ConvShape } from '../../src/shape/convShape.js';
import { convertCost, departCost, tiledConvCost } from '../../src/tune/cost.js';
import type { RowReuse } from './programs/columns.js';
import type { Fusion } from './programs/epilogue.js';
import type { ProgramSpec } from './programs/index.js';
import { modulo } from './programs/source.js';

/** How a variant would compute one convolution. Plain data. */
export interface Plan {
  readonly variant: string;
  readonly inTile: Tile;
  readonly outTile: Tile;
  readonly spec: ProgramSpec;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  /** Estimate for comparison with other plans of the same convolution. */
  readonly cost: number;
}

export interface Variant {
  readonly name: string;
  readonly kernel: ConvKernel;
  /** Pixels and slices that one fragment computes. */
  readonly tile: Tile;
  /**
   * The plan for a shape, or null where the variant does not take it. `resident`
   * is the tile the input lies in now, null where it lies in no planes.
   */
  plan(shape: ConvShape, fusion: Fusion, limits: Limits, resident: Tile | null): Plan | null;
}

const tile = (w: number, h: number, c: number): Tile => ({ w, h, c });

/** Every variant, in the order in which ties are broken. */
export const variants: readonly Variant[] = [
  // Wide rows share input columns among 8 pixels: the best fetch count on maps of 5 columns and more.
  rowReuse('conv2d', tile(8, 1, 1)),
  // Fewer pixels and more slices: for narrow maps, and 1x1 filters with many output channels.
  rowReuse('conv2d', tile(4, 1, 2)),
  rowReuse('conv2d', tile(2, 1, 4)),
  // Maps of one column: dense layers written as 1x1 convolutions.
  rowReuse('conv2d', tile(1, 1, 8)),
  // Devices with 4 render targets.
  rowReuse('conv2d', tile(4, 1, 1)),
  general('conv2d'),
  rowReuse('depthwiseConv2d', tile(8, 1, 1)),
  rowReuse('depthwiseConv2d', tile(4, 1, 2)),
  rowReuse('depthwiseConv2d', tile(2, 1, 4)),
  rowReuse('depthwiseConv2d', tile(4, 1, 1)),
  general('depthwiseConv2d'),
];

/**
 * Plans for a convolution, best first by the cost estimate; the general variant,
 * which takes everything, comes last and is the last rung before the stock kernel.
 */
export function convPlans(
  shape: ConvShape,
  fusion: Fusion,
  limits: Limits,
  resident: Tile | null,
): Plan[] {
  return variants
    .filter(({ kernel }) => kernel === shape.kernel)
    .map((variant) => variant.plan(shape, fusion, limits, resident))
    .filter((plan) => plan !== null)
    .sort((a, b) => a.cost - b.cost);
}

/**
 * Filter columns x input slices x output slices that a program may spell out. Text and
 * compile time grow with it: 1x1x8 on a 7x7 filter would fetch weights in 1,792 places.
 */
const MAX_UNROLLED_TAPS = 64;

/** A tile of pixels in one row that share the input columns they read. */
function rowReuse(kernel: ConvKernel, out: Tile): Variant {
  const name = `${kernel === 'conv2d' ? 'direct' : 'depthwise'}-${tileName(out)}`;
  return {
    name,
    kernel,
    tile: out,
    plan(shape, fusion, limits, resident) {
      if (shape.channelMultiplier !== 1) return null;
      if (out.w * out.c > limits.maxTargets) return null;
      const readable = (input: Tile) =>
        input.w * input.c + 1 + fusedTensors(fusion) <= limits.maxSamplers &&
        shape.filterWidth * input.c * out.c <= MAX_UNROLLED_TAPS;
      const fits = resident !== null && accepts(shape, resident, out) && readable(resident);
      const input = fits ? resident : out;
      if (!readable(input)) return null;
      const reuse: RowReuse = {
        in: input,
        out,
        filterWidth: shape.filterWidth,
        strideWidth: shape.strideWidth,
        dilationWidth: shape.filterWidth === 1 ? 1 : shape.dilationWidth,
        padPhase: modulo(shape.padLeft, input.w),
      };
      const family = kernel === 'conv2d' ? ('conv2d' as const) : ('depthwise' as const);
      return {
        variant: name,
        inTile: input,
        outTile: out,
        spec: { family, ...reuse, ...fusion },
        uniforms: {
          rowGeometry: rowGeometry(shape),
          padColumns: Math.floor(shape.padLeft / input.w),
        },
        cost:
          tiledConvCost(shape, input, out) +
          (fits ? 0 : convertCost(shape)) +
          (resident === null || sameTile(resident, out) ? 0 : departCost(shape)),
      };
    },
  };
}

/** Whether input in planes of `input` can be read by fragments of `out` with the planes known. */
function accepts({ kernel, strideWidth }: ConvShape, input: Tile, out: Tile): boolean {
  if (input.h !== 1 || (out.w * strideWidth) % input.w !== 0) return false;
  return kernel === 'conv2d' || input.c === out.c;
}

/** Any shape from any input tile. */
function general(kernel: ConvKernel): Variant {
  const name = kernel === 'conv2d' ? 'general' : 'depthwise-general';
  const out = tile(1, 1, 1);
  return {
    name,
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
        spec: { family, in: input, ...fusion },
        uniforms: {
          rowGeometry: rowGeometry(shape),
          columnGeometry: [filterWidth, strideWidth, dilationWidth, padLeft],
          ...(kernel === 'conv2d' ? {} : { multiplier: channelMultiplier }),
        },
        // Its tiles of one pixel would spread to the layers after it, so it is never the first choice.
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
