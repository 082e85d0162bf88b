/** Gradients of depthwise convolutions with respect to their input, drawn in tiles. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { rowParts } from './layout/rowParts.js';
import { extentOf, type Tile, tileName } from './layout/tile.js';
import { outputIn } from './output.js';
import type {
  DepthwiseTransposedSpec,
  GeneralDepthwiseTransposedSpec,
} from './programs/depthwiseTransposed.js';
import { offsetsOf, type TransposedShape, transposedSpec } from './programs/transposed.js';
import { MAX_UNROLLED } from './programs/window.js';
import { readsNear } from './programs/windowFetches.js';
import { type Limits, type TileRunner, texturesOf, type UniformValue } from './runner.js';

/** Sizes of a depthwise convolution, of which the gradient is computed. */
export interface DepthwiseShape extends TransposedShape {
  /** NHWC, like the shape of dy. */
  readonly inShape: readonly [number, number, number, number];
  readonly outWidth: number;
  readonly channelMultiplier: number;
}

/** Program that draws a gradient. */
export interface DepthwiseTransposedPlan {
  readonly name: string;
  readonly spec: DepthwiseTransposedSpec | GeneralDepthwiseTransposedSpec;
  readonly outTile: Tile;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
}

/** Tiles of dx, besides that of dy. */
const outTiles: readonly Tile[] = [
  { w: 4, h: 2, c: 1 },
  { w: 2, h: 2, c: 2 },
  { w: 2, h: 2, c: 1 },
];

const onePixel = { w: 1, h: 1, c: 1 } as const;

/**
 * Returns plans, best first: one whose taps are spelled out, from dy as it is if it can be, and the one
 * that takes every shape.
 * @param resident tile that dy is in; null if it is not in planes
 */
export function depthwiseTransposedPlans(
  shape: DepthwiseShape,
  limits: Limits,
  resident: Tile | null,
): DepthwiseTransposedPlan[] {
  const { strideHeight, strideWidth, channelMultiplier } = shape;
  const kept = resident === null ? [] : [resident];
  const outs = [...kept, ...outTiles];
  const smaller = ({ w, h, c }: Tile): Tile => ({ w: w / strideWidth, h: h / strideHeight, c });
  const pairs = [
    ...kept.flatMap((input) => outs.map((out) => ({ input, out }))),
    ...outs.map((out) => ({ input: smaller(out), out })),
  ];
  const spelled =
    channelMultiplier === 1
      ? pairs.flatMap(({ input, out }) => spelledPlan(shape, limits, input, out))
      : [];
  return [...spelled.slice(0, 1), generalPlan(shape, resident ?? onePixel)];
}

function spelledPlan(
  shape: DepthwiseShape,
  limits: Limits,
  input: Tile,
  out: Tile,
): DepthwiseTransposedPlan[] {
  const { filterHeight, filterWidth, strideHeight, strideWidth } = shape;
  const isWhole = Number.isInteger(input.w) && Number.isInteger(input.h);
  if (!isWhole || input.c !== out.c || out.w * out.h * out.c > limits.maxTargets) return [];
  if (texturesOf(input, limits) >= limits.maxSamplers) return [];
  const taps = (filterHeight * filterWidth) / (strideHeight * strideWidth);
  if (taps * out.w * out.h * out.c > MAX_UNROLLED) return [];
  const found = transposedSpec(shape, input, out);
  if (found === null) return [];
  const { steps: _, ...spec } = { ...found.spec, family: 'depthwiseTransposed' as const };
  const rows = rowParts(Math.ceil(shape.outWidth / input.w), limits.maxTextureSize);
  if (!readsNear(input, rows, () => offsetsOf(spec))) return [];
  const name = `depthwise-transposed-${tileName(out)}`;
  return [{ name, spec, outTile: out, uniforms: found.uniforms }];
}

function generalPlan(shape: DepthwiseShape, input: Tile): DepthwiseTransposedPlan {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft } = shape;
  return {
    name: 'depthwise-transposed-general',
    spec: { family: 'generalDepthwiseTransposed', in: input },
    outTile: onePixel,
    uniforms: {
      rowGeometry: [filterHeight, strideHeight, padTop],
      columnGeometry: [filterWidth, strideWidth, padLeft],
      multiplier: shape.channelMultiplier,
    },
  };
}

/**
 * Draws the gradient by a plan.
 * @throws NeedsFallback if no texture is large enough, or the program does not work
 */
export function depthwiseTransposed(
  runner: TileRunner,
  { spec, outTile, uniforms }: DepthwiseTransposedPlan,
  { inShape }: DepthwiseShape,
  dy: TensorInfo,
  filter: TensorInfo,
): TensorInfo {
  const [height, width, channels, multiplier] = filter.shape;
  const taps = { batch: 1, height, width, channels: channels * multiplier };
  const output = outputIn(runner, inShape, 'NHWC', outTile);
  const operands = {
    x: runner.tiles(dy, extentOf(dy.shape, 'NHWC'), 'NHWC', spec.in),
    weights: runner.tiles(filter, taps, 'NHWC', onePixel),
  };
  return runner.run(spec, operands, uniforms, output);
}
