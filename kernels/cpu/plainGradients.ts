/**
 * Gradients of dilated convolutions in TypeScript, for where there is no WebAssembly: stock's kernels take no
 * notice of a dilation.
 */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import {
  type ConvAttrs,
  type ConvShape,
  convShape,
  type ForwardKernel,
} from '../shape/convShape.js';
import { type CPURunner, valuesOf } from './kernel.js';
import { sizeOf } from './stockOr.js';

export type FilterGradientAttrs = ConvAttrs & { readonly filterShape: readonly number[] };
export type InputGradientAttrs = ConvAttrs & { readonly inputShape: readonly number[] };

/** Returns the gradient of the filter; null if stock computes it. */
export function plainFilterGradient(
  kernel: ForwardKernel,
  backend: CPURunner,
  { x, dy }: { x: TensorInfo; dy: TensorInfo },
  attrs: FilterGradientAttrs,
): TensorInfo | null {
  if (!isDilated(attrs)) return null;
  const s = convShape(kernel, x.shape, attrs.filterShape, attrs);
  if (!util.arraysEqual(dy.shape, [...s.outShape])) return null;
  const [xs, dys] = [valuesOf(backend, x), valuesOf(backend, dy)];
  const dw = new Float64Array(sizeOf(attrs.filterShape));
  eachProduct(s, (xAt, wAt, yAt) => {
    dw[wAt] += xs[xAt] * dys[yAt];
  });
  return backend.makeTensorInfo([...attrs.filterShape], 'float32', new Float32Array(dw));
}

/** Returns the gradient of x; null if stock computes it. */
export function plainInputGradient(
  kernel: ForwardKernel,
  backend: CPURunner,
  { dy, filter }: { dy: TensorInfo; filter: TensorInfo },
  attrs: InputGradientAttrs,
): TensorInfo | null {
  if (!isDilated(attrs)) return null;
  const s = convShape(kernel, attrs.inputShape, filter.shape, attrs);
  if (!util.arraysEqual(dy.shape, [...s.outShape])) return null;
  const [dys, ws] = [valuesOf(backend, dy), valuesOf(backend, filter)];
  const dx = new Float64Array(sizeOf(s.inShape));
  eachProduct(s, (xAt, wAt, yAt) => {
    dx[xAt] += ws[wAt] * dys[yAt];
  });
  return backend.makeTensorInfo([...s.inShape], 'float32', new Float32Array(dx));
}

const isDilated = ({ dilations }: ConvAttrs) => [dilations ?? 1].flat().some((step) => step > 1);

/** Returns the position of a pixel's channel 0, and the step from one channel to the next. */
const placesOf = (format: string, height: number, width: number, channels: number) => {
  const isLast = format === 'NHWC';
  const [pixel, step] = isLast ? [channels, 1] : [1, height * width];
  const first = (n: number, row: number, col: number) =>
    n * height * width * channels + (row * width + col) * pixel;
  return { first, step };
};

/** Calls `visit` with the positions of each product of x and the filter that is part of a value of y. */
function eachProduct(s: ConvShape, visit: (x: number, w: number, y: number) => void): void {
  const { filterHeight, filterWidth, inChannels, outChannels } = s;
  const ofX = placesOf(s.dataFormat, s.inHeight, s.inWidth, inChannels);
  const ofY = placesOf(s.dataFormat, s.outHeight, s.outWidth, outChannels);
  const isDepthwise = s.kernel === 'depthwiseConv2d';
  const last = isDepthwise ? s.channelMultiplier : outChannels;
  const rows = s.batch * s.outHeight;
  for (let pixel = 0; pixel < rows * s.outWidth; pixel++) {
    const [outCol, row] = [pixel % s.outWidth, Math.floor(pixel / s.outWidth)];
    const [outRow, n] = [row % s.outHeight, Math.floor(row / s.outHeight)];
    const y = ofY.first(n, outRow, outCol);
    for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
      const [tapRow, tapCol] = [Math.floor(tap / filterWidth), tap % filterWidth];
      const inRow = outRow * s.strideHeight - s.padTop + tapRow * s.dilationHeight;
      const inCol = outCol * s.strideWidth - s.padLeft + tapCol * s.dilationWidth;
      if (inRow < 0 || inRow >= s.inHeight || inCol < 0 || inCol >= s.inWidth) continue;
      const x = ofX.first(n, inRow, inCol);
      for (let c = 0; c < inChannels; c++) {
        for (let k = 0; k < last; k++) {
          const channel = isDepthwise ? c * last + k : k;
          visit(x + c * ofX.step, (tap * inChannels + c) * last + k, y + channel * ofY.step);
        }
      }
    }
  }
}
