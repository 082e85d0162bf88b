/** Known-answer test of gradients of filters on this device, which runs before their first use. */
import { backend_util } from '@tensorflow/tfjs-core';
import { filterGradient } from './filterGradient.js';
import type { FilterGradientSpec } from './programs/filterGradient.js';
import { range } from './programs/source.js';
import type { TileRunner } from './runner.js';
import { sumsFault } from './sumsTest.js';

/** Returns the fault of a program; null if it has none. The test draws it for a small convolution. */
export function filterGradientFault(
  runner: TileRunner,
  name: string,
  spec: FilterGradientSpec,
): string | null {
  return runner.faultOf(name, () => test(runner, spec));
}

type Shape4 = [number, number, number, number];

/** Strides, padding and channels of which none is like another, and of which slices end inside. */
const [batch, height, width, channels] = [2, 5, 6, 5];
const strides: [number, number] = [2, 1];
const pad = 1;

function test(runner: TileRunner, spec: FilterGradientSpec): string | null {
  const isDepthwise = spec.kernel === 'depthwiseConv2d';
  const last = isDepthwise ? (spec.multiplier === 'one' ? 1 : 3) : 10;
  const filterShape: Shape4 = [3, 2, channels, last];
  const xShape: Shape4 = [batch, height, width, channels];
  const info = backend_util.computeConv2DInfo(
    xShape,
    filterShape,
    strides,
    1,
    pad,
    'floor',
    isDepthwise,
  );
  return sumsFault(runner, (tensor) => {
    const x = tensor(xShape, 3);
    const dy = tensor(info.outShape, 5);
    const call = { x: x.info, dy: dy.info, filterShape, info, format: 'NHWC' } as const;
    return {
      // Two rows of three, so that a part begins inside a batch element.
      sums: filterGradient(runner, spec, call, 2),
      wanted: gradientOf(x.values, dy.values, info, filterShape, isDepthwise),
    };
  });
}

/** Returns the sums that define the gradient. */
function gradientOf(
  x: Float32Array,
  dy: Float32Array,
  info: backend_util.Conv2DInfo,
  [filterHeight, filterWidth, , last]: readonly number[],
  isDepthwise: boolean,
): number[] {
  const { outHeight, outWidth, outChannels, padInfo } = info;
  const sumAt = (fy: number, fx: number, ic: number, oc: number) => {
    let sum = 0;
    for (let row = 0; row < batch * outHeight; row++) {
      const y = (row % outHeight) * strides[0] + fy - padInfo.top;
      if (y < 0 || y >= height) continue;
      for (let column = 0; column < outWidth; column++) {
        const at = column * strides[1] + fx - padInfo.left;
        if (at < 0 || at >= width) continue;
        const pixel = (Math.floor(row / outHeight) * height + y) * width + at;
        sum += x[pixel * channels + ic] * dy[(row * outWidth + column) * outChannels + oc];
      }
    }
    return sum;
  };
  return range(filterHeight * filterWidth * channels * last).map((i) => {
    const ic = Math.floor(i / last) % channels;
    const tap = Math.floor(i / last / channels);
    const oc = isDepthwise ? ic * last + (i % last) : i % last;
    return sumAt(Math.floor(tap / filterWidth), tap % filterWidth, ic, oc);
  });
}
