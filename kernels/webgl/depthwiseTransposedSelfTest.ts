/** Known-answer test of gradients of depthwise convolutions on this device, before their first use. */
import {
  type DepthwiseShape,
  type DepthwiseTransposedPlan,
  depthwiseTransposed,
} from './depthwiseTransposed.js';
import { modulo, range } from './programs/source.js';
import type { TileRunner } from './runner.js';
import { sumsFault } from './sumsTest.js';

/**
 * Returns the fault of a plan; null if it has none. The test draws its program for a small convolution
 * with the same filter, strides and padding.
 */
export function depthwiseTransposedFault(
  runner: TileRunner,
  plan: DepthwiseTransposedPlan,
  shape: DepthwiseShape,
): string | null {
  return runner.faultOf(plan.name, () => test(runner, plan, shape));
}

function test(
  runner: TileRunner,
  plan: DepthwiseTransposedPlan,
  shape: DepthwiseShape,
): string | null {
  const { spec, outTile, uniforms } = plan;
  const { filterHeight, filterWidth, strideHeight, strideWidth, channelMultiplier } = shape;
  const channels = 4 * outTile.c + 1;
  const padTop = modulo(shape.padTop, spec.in.h * strideHeight);
  const padLeft = modulo(shape.padLeft, spec.in.w * strideWidth);
  const [outHeight, outWidth] = [2 * spec.in.h + 1, 2 * spec.in.w + 1];
  const small: DepthwiseShape = {
    ...shape,
    inShape: [2, outTile.h + 2, outTile.w + 2, channels],
    outWidth,
    padTop,
    padLeft,
  };
  // A program whose taps are spelled out knows the padding by its remainder, and the rest as uniforms.
  const own =
    spec.family === 'depthwiseTransposed'
      ? { ...uniforms, padTiles: [0, 0] }
      : {
          ...uniforms,
          rowGeometry: [filterHeight, strideHeight, padTop],
          columnGeometry: [filterWidth, strideWidth, padLeft],
        };
  return sumsFault(runner, (tensor) => {
    const dy = tensor([2, outHeight, outWidth, channels * channelMultiplier], 3);
    const filter = tensor([filterHeight, filterWidth, channels, channelMultiplier], 5);
    return {
      sums: depthwiseTransposed(runner, { ...plan, uniforms: own }, small, dy.info, filter.info),
      wanted: gradientOf(small, outHeight, dy.values, filter.values),
    };
  });
}

/** Returns the sums that define the gradient. */
function gradientOf(
  shape: DepthwiseShape,
  outHeight: number,
  dy: Float32Array,
  filter: Float32Array,
): number[] {
  const { inShape, outWidth, channelMultiplier, filterHeight, filterWidth } = shape;
  const [batch, height, width, channels] = inShape;
  const all = channels * channelMultiplier;
  const sumAt = (n: number, iy: number, ix: number, c: number) => {
    let sum = 0;
    for (const fy of range(filterHeight)) {
      const y = (iy + shape.padTop - fy) / shape.strideHeight;
      if (!Number.isInteger(y) || y < 0 || y >= outHeight) continue;
      for (const fx of range(filterWidth)) {
        const x = (ix + shape.padLeft - fx) / shape.strideWidth;
        if (!Number.isInteger(x) || x < 0 || x >= outWidth) continue;
        for (let k = c * channelMultiplier; k < (c + 1) * channelMultiplier; k++) {
          const value = dy[((n * outHeight + y) * outWidth + x) * all + k];
          sum += value * filter[(fy * filterWidth + fx) * all + k];
        }
      }
    }
    return sum;
  };
  return range(batch * height * width * channels).map((i) => {
    const pixel = Math.floor(i / channels);
    const row = Math.floor(pixel / width);
    return sumAt(Math.floor(row / height), row % height, pixel % width, i % channels);
  });
}
