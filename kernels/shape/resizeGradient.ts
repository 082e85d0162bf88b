import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type ResizeAttrs, type ResizeMethod, type Source, sourcesOf } from './resize.js';

/**
 * The gradient dx [batch, height, width, channels] of images that were resized to
 * outHeight x outWidth.
 */
export interface ResizeGradient extends ResizeAttrs {
  readonly method: ResizeMethod;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

type Inputs = Readonly<Record<'images' | 'dy', Pick<TensorInfo, 'shape' | 'dtype'>>>;

/**
 * Returns the description of a call of a tfjs gradient kernel. dy is the gradient of the resized
 * images.
 *
 * @throws Error that names the kernel, the input and its shape, if images and dy are not both of
 *   rank 4, differ in batch or channels, or do not hold real numbers.
 */
export function resizeGradient(
  kernelName: string,
  method: ResizeMethod,
  inputs: Inputs,
  { alignCorners, halfPixelCenters }: ResizeAttrs,
): ResizeGradient {
  for (const name of ['images', 'dy'] as const) {
    const { shape, dtype } = inputs[name];
    if (shape.length !== 4) {
      throw new Error(
        `${kernelName}: ${name} must be [batch, height, width, channels]. Got shape [${shape}].`,
      );
    }
    if (dtype === 'complex64' || dtype === 'string') {
      throw new Error(`${kernelName}: ${name} must be of real numbers. Got dtype ${dtype}.`);
    }
  }
  const [batch, height, width, channels] = inputs.images.shape;
  const [dyBatch, outHeight, outWidth, dyChannels] = inputs.dy.shape;
  if (dyBatch !== batch || dyChannels !== channels) {
    throw new Error(
      `${kernelName}: dy [${inputs.dy.shape}] must have the batch and the channels of ` +
        `images [${inputs.images.shape}].`,
    );
  }
  const sizes = { batch, height, width, channels, outHeight, outWidth };
  return { method, ...sizes, alignCorners, halfPixelCenters };
}

/**
 * Writes dx, the transpose of the resizing applied to dy; both are flat. Each value of dy is added
 * to the pixels from which its output pixel was computed, weighted by their shares. Columns are
 * summed in float64, one row of dy at a time, and rows in float32.
 */
export function writeResizeGradient(
  g: ResizeGradient,
  dy: ArrayLike<number>,
  dx: Float32Array,
): void {
  const { batch, height, width, channels, outHeight, outWidth } = g;
  dx.fill(0);
  if (dx.length === 0) return;
  const rows = sourcesOf(g.method, height, outHeight, g);
  const columns = sourcesOf(g.method, width, outWidth, g);
  const line = new Float64Array(width * channels);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < outHeight; row++) {
      spreadColumns(columns, dy, (n * outHeight + row) * outWidth * channels, channels, line);
      const { first, second, share } = rows[row];
      const to = (position: number) => (n * height + position) * line.length;
      addRow(line, first === second ? 1 : 1 - share, dx, to(first));
      if (first !== second) addRow(line, share, dx, to(second));
    }
  }
}

/** Adds each pixel of the row of dy that begins at `from` to its source columns in `line`. */
function spreadColumns(
  columns: readonly Source[],
  dy: ArrayLike<number>,
  from: number,
  channels: number,
  line: Float64Array,
): void {
  line.fill(0);
  let at = from;
  for (const { first, second, share } of columns) {
    const left = first * channels;
    if (first === second) {
      for (let c = 0; c < channels; c++) line[left + c] += dy[at++];
      continue;
    }
    const right = second * channels;
    const rest = 1 - share;
    for (let c = 0; c < channels; c++) {
      const value = dy[at++];
      line[left + c] += rest * value;
      line[right + c] += share * value;
    }
  }
}

function addRow(line: Float64Array, share: number, dx: Float32Array, to: number): void {
  for (let i = 0; i < line.length; i++) dx[to + i] += share * line[i];
}
