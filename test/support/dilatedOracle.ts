/** Gradients of dilated convolutions in float64, by definition. */
import { backend_util } from '@tensorflow/tfjs-core';
import type { ConvAttrs, ForwardKernel } from '../../kernels/shape/convShape.js';

type Shape4 = readonly [number, number, number, number];

export interface DilatedCase extends ConvAttrs {
  readonly kernel: ForwardKernel;
  /** In the order of `dataFormat`. */
  readonly x: Shape4;
  readonly filter: Shape4;
}

/**
 * Returns the gradients of sum(dy * y) for the convolution y of x by the filter: each product x[i] * w[j] of
 * y[k] adds w[j] * dy[k] to dx[i], and x[i] * dy[k] to dw[j]. Both are exact for small whole numbers.
 */
export function dilatedOracle(
  c: DilatedCase,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  dy: ArrayLike<number>,
): { readonly dx: Float64Array; readonly dw: Float64Array } {
  const format = c.dataFormat ?? 'NHWC';
  const depthwise = c.kernel === 'depthwiseConv2d';
  const [filterHeight, filterWidth, depth, last] = c.filter;
  const info = backend_util.computeConv2DInfo(
    [...c.x],
    [...c.filter],
    c.strides as number,
    c.dilations as [number, number],
    c.pad,
    undefined,
    depthwise,
    backend_util.convertConv2DDataFormat(format),
  );
  const place = (height: number, width: number, channels: number) =>
    format === 'NHWC'
      ? (n: number, r: number, col: number, ch: number) =>
          ((n * height + r) * width + col) * channels + ch
      : (n: number, r: number, col: number, ch: number) =>
          ((n * channels + ch) * height + r) * width + col;
  const inAt = place(info.inHeight, info.inWidth, info.inChannels);
  const outAt = place(info.outHeight, info.outWidth, info.outChannels);
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  for (let n = 0; n < info.batchSize; n++) {
    for (let r = 0; r < info.outHeight; r++) {
      for (let col = 0; col < info.outWidth; col++) {
        for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
          const row = r + Math.floor(tap / filterWidth) * info.dilationHeight - info.padInfo.top;
          const column = col + (tap % filterWidth) * info.dilationWidth - info.padInfo.left;
          if (row < 0 || row >= info.inHeight || column < 0 || column >= info.inWidth) continue;
          for (let d = 0; d < depth; d++) {
            for (let k = 0; k < last; k++) {
              const i = inAt(n, row, column, d);
              const j = (tap * depth + d) * last + k;
              const value = dy[outAt(n, r, col, depthwise ? d * last + k : k)];
              dx[i] += w[j] * value;
              dw[j] += x[i] * value;
            }
          }
        }
      }
    }
  }
  return { dx, dw };
}
