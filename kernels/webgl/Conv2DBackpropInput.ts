/** Gradient of conv2d with respect to its input, which is also conv2dTranspose. */
import {
  backend_util,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type Conv2DBackpropInputInputs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { NeedsFallback } from '../errors.js';
import type { ConvShape, DataFormat } from '../shape/convShape.js';
import { convolve } from './convolve.js';
import { tiledKernel } from './fallback.js';
import { extentOf, type Tile, tileName } from './layout/tile.js';
import { outputIn } from './output.js';
import type { SteppedSpec } from './programs/index.js';
import { type TransposedShape, transposedSpec } from './programs/transposed.js';
import type { Limits, TileRunner, UniformValue } from './runner.js';
import { MAX_UNROLLED } from './variants.js';

/**
 * Computes a tensor of `inputShape` from dy [batch, outHeight, outWidth, outChannels]. If the
 * strides are 1, the gradient is computed as another convolution; larger strides have separate
 * programs.
 */
export const conv2DBackpropInputKernel = tiledKernel<
  Conv2DBackpropInputInputs,
  Conv2DBackpropInputAttrs
>(Conv2DBackpropInput, (runner, { dy, filter }, attrs) => {
  const { inputShape, strides, pad, dataFormat, dimRoundingMode } = attrs;
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  const { top, left } = info.padInfo;
  const usual =
    dy.dtype === 'float32' &&
    filter.dtype === 'float32' &&
    util.arraysEqual(dy.shape, info.outShape) &&
    filter.shape[2] === info.inChannels &&
    [dy, filter].every(({ shape }) => util.sizeFromShape(shape) > 0) &&
    util.sizeFromShape(inputShape) > 0 &&
    [top, left].every(Number.isInteger);
  if (!usual) return null;
  const format = dataFormat ?? 'NHWC';
  if (info.strideHeight === 1 && info.strideWidth === 1) {
    const operands = { x: dy, filter, flipped: true, activation: 'linear' } as const;
    return convolve(runner, Conv2DBackpropInput, turnedRound(info, format), operands);
  }
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const shape = {
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    padTop: top,
    padLeft: left,
  };
  return transposed(runner, shape, dy, filter, inputShape, format);
});

/** Returns the shape of the convolution from dy to dx, for strides of 1 and the rotated filter. */
function turnedRound(info: backend_util.Conv2DInfo, dataFormat: DataFormat): ConvShape {
  const { filterHeight, filterWidth, padInfo } = info;
  return {
    kernel: 'conv2d',
    batch: info.batchSize,
    inHeight: info.outHeight,
    inWidth: info.outWidth,
    inChannels: info.outChannels,
    outHeight: info.inHeight,
    outWidth: info.inWidth,
    outChannels: info.inChannels,
    filterHeight,
    filterWidth,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: filterHeight - 1 - padInfo.top,
    padLeft: filterWidth - 1 - padInfo.left,
    padBottom: filterHeight - 1 - padInfo.bottom,
    padRight: filterWidth - 1 - padInfo.right,
    channelMultiplier: 1,
    dataFormat,
    inShape: info.outShape,
    outShape: info.inShape,
  };
}

function transposed(
  runner: TileRunner,
  shape: TransposedShape,
  dy: TensorInfo,
  filter: TensorInfo,
  outShape: number[],
  format: DataFormat,
): TensorInfo {
  const placement = runner.placementOf(dy);
  const resident = placement?.format === format ? placement.layout.tile : null;
  const plan = transposedPlan(shape, runner.limits, resident);
  const fault = runner.faultOf(plan.variant);
  if (fault !== null) throw new NeedsFallback(fault);
  const output = outputIn(runner, outShape, format, plan.outTile);
  const operands = {
    x: runner.tiles(dy, extentOf(dy.shape, format), format, plan.inTile),
    weights: runner.filter(filter, plan.inTile.c, plan.outTile.c, true),
  };
  const kernel = 'conv2dTranspose' as const;
  const geometry = { ...shape, kernel, dilationHeight: 1, dilationWidth: 1, channelMultiplier: 1 };
  const { variant } = plan;
  const origin = { kernelName: Conv2DBackpropInput, variant, layer: filter, geometry };
  return runner.defer(plan.spec, operands, plan.uniforms, output, origin);
}

/** Plan for computing a transposed convolution. Plain data. */
export interface TransposedPlan {
  readonly variant: string;
  readonly inTile: Tile;
  readonly outTile: Tile;
  readonly spec: SteppedSpec;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
}

/** Output tiles, best first: the pixels of a tile that use the same tap share its weights. */
const outTiles: readonly Tile[] = [
  { w: 4, h: 2, c: 1 },
  { w: 2, h: 2, c: 1 },
];

/**
 * Returns a plan for the first output tile whose input planes are known when the program is
 * written; if there is no such tile, a plan that computes one pixel at a time.
 */
export function transposedPlan(
  shape: TransposedShape,
  { maxTargets, maxSamplers }: Limits,
  resident: Tile | null,
): TransposedPlan {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft } = shape;
  const taps = (filterHeight * filterWidth) / (strideHeight * strideWidth);
  for (const out of outTiles) {
    const divides = out.w % strideWidth === 0 && out.h % strideHeight === 0;
    if (!divides || out.w * out.h * out.c > maxTargets) continue;
    const own = { w: out.w / strideWidth, h: out.h / strideHeight, c: 1 };
    for (const input of resident === null ? [own] : [resident, own]) {
      if (input.w * input.h * input.c > maxSamplers - 1) continue;
      if (4 * taps * out.w * out.h * input.c > MAX_UNROLLED) continue;
      const found = transposedSpec(shape, input, out);
      if (found === null) continue;
      return { variant: `transposed-${tileName(out)}`, inTile: input, outTile: out, ...found };
    }
  }
  const input = resident ?? { w: 1, h: 1, c: 1 };
  return {
    variant: 'transposed-general',
    inTile: input,
    outTile: { w: 1, h: 1, c: 1 },
    spec: { family: 'generalTransposed', in: input, steps: [] },
    uniforms: {
      rowGeometry: [filterHeight, strideHeight, padTop],
      columnGeometry: [filterWidth, strideWidth, padLeft],
    },
  };
}
