import { backend_util, type MaxPoolAttrs, type TensorInfo } from '@tensorflow/tfjs-core';

export type PoolGradientOp = 'max' | 'avg';

/**
 * The gradient dx [batch, height, width, channels] of a tensor that was pooled to
 * outHeight x outWidth. The window of output pixel (i, j) begins at row i*strideHeight - padTop and
 * column j*strideWidth - padLeft.
 */
export interface PoolGradient {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

type Inputs = Readonly<Record<'input' | 'dy', Pick<TensorInfo, 'shape' | 'dtype'>>>;
type Attrs = Pick<MaxPoolAttrs, 'filterSize' | 'strides' | 'pad' | 'dimRoundingMode'>;

/**
 * Returns the description of a call of MaxPoolGrad or AvgPoolGrad. dy is the gradient of the pooled
 * tensor, whose size may have been rounded in any mode: tfjs does not tell its gradients which.
 *
 * @throws Error that names the kernel, the input and its shape, if input and dy are not both of rank 4
 *   and of real numbers, or if no pooling of input with these attributes has the shape of dy.
 */
export function poolGradient(
  kernelName: string,
  { input, dy }: Inputs,
  { filterSize, strides, pad, dimRoundingMode }: Attrs,
): PoolGradient {
  for (const [name, { shape, dtype }] of Object.entries({ input, dy })) {
    if (shape.length !== 4) {
      throw new Error(
        `${kernelName}: ${name} must be [batch, height, width, channels]. Got shape [${shape}].`,
      );
    }
    if (dtype === 'complex64' || dtype === 'string') {
      throw new Error(`${kernelName}: ${name} must be of real numbers. Got dtype ${dtype}.`);
    }
  }
  const inShape = input.shape as [number, number, number, number];
  const possible = [dimRoundingMode, 'floor' as const, 'ceil' as const].map((mode) =>
    backend_util.computePool2DInfo(inShape, filterSize, strides, 1, pad, mode),
  );
  const [outBatch, outHeight, outWidth, outChannels] = dy.shape;
  const [{ outShape, padInfo, ...info }] = possible;
  const fits =
    outBatch === info.batchSize &&
    outChannels === info.inChannels &&
    possible.some((p) => p.outHeight === outHeight) &&
    possible.some((p) => p.outWidth === outWidth);
  if (!fits) {
    throw new Error(
      `${kernelName}: dy must have the shape of the pooled input, [${outShape}]. Got [${dy.shape}].`,
    );
  }
  const { top: padTop, left: padLeft } = padInfo;
  if (![padTop, padLeft].every(Number.isInteger)) {
    throw new Error(`${kernelName}: pad must be of whole pixels. Got ${pad}.`);
  }
  const [batch, height, width, channels] = inShape;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  return {
    ...{ batch, height, width, channels, outHeight, outWidth },
    ...{ filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft },
  };
}

/**
 * Writes dx, flat. Each value of dy goes to the first of the largest values of its window in x if x is
 * given (a maximum; to none if no value is greater than -Infinity), and else in equal shares to all
 * pixels of the input that the window covers (a mean).
 */
export function writePoolGradient(
  g: PoolGradient,
  dy: ArrayLike<number>,
  x: ArrayLike<number> | null,
  dx: Float32Array,
): void {
  dx.fill(0);
  const { batch, width, channels, outHeight, outWidth } = g;
  for (let n = 0, at = 0; n < batch; n++) {
    for (let i = 0; i < outHeight; i++) {
      const rows = covered(i * g.strideHeight - g.padTop, g.filterHeight, g.height);
      for (let j = 0; j < outWidth; j++) {
        const columns = covered(j * g.strideWidth - g.padLeft, g.filterWidth, width);
        const places: number[] = [];
        for (let row = rows.from; row < rows.to; row++) {
          for (let column = columns.from; column < columns.to; column++) {
            places.push(((n * g.height + row) * width + column) * channels);
          }
        }
        for (let c = 0; c < channels; c++, at++) {
          if (x === null) for (const place of places) dx[place + c] += dy[at] / places.length;
          else addToLargest(x, dx, places, c, dy[at]);
        }
      }
    }
  }
}

/** Returns the positions from `first` on, `count` at most, that are inside an axis of `size`. */
function covered(first: number, count: number, size: number) {
  return { from: Math.max(0, first), to: Math.min(size, first + count) };
}

function addToLargest(
  x: ArrayLike<number>,
  dx: Float32Array,
  places: readonly number[],
  c: number,
  value: number,
): void {
  let largest = Number.NEGATIVE_INFINITY;
  let taken = -1;
  for (const place of places) {
    if (x[place + c] > largest) {
      largest = x[place + c];
      taken = place;
    }
  }
  if (taken >= 0) dx[taken + c] += value;
}
