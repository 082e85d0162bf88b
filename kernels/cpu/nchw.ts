import type { DataFormat } from '../shape/convShape.js';
import { makeMoves, moveOf, permuted, viewOf } from './move.js';
import { type HeapArgs, sizeOf } from './stockOr.js';

type Heap = Pick<HeapArgs<unknown, unknown>, 'backend' | 'micro'>;
/** Sizes of a tensor of rank 4, in the order of its data format. */
type Shape4 = readonly [number, number, number, number];

/**
 * Calls `read` with the address of the values of x as NHWC. Those of NCHW are moved to a block, which is
 * freed afterwards.
 */
export function readChannelsLast(
  { backend, micro }: Heap,
  format: DataFormat,
  x: number,
  shape: Shape4,
  read: (address: number) => void,
): void {
  if (format === 'NHWC') read(x);
  else {
    backend.withBlock(4 * sizeOf(shape), (last) => {
      makeMoves(backend, micro, [moveOf(x, permuted(viewOf(shape), [0, 2, 3, 1]), last)]);
      read(last);
    });
  }
}

/**
 * Calls `write` with the address to which it must write the values of y as NHWC. Those of NCHW are moved to y
 * afterwards.
 */
export function writeChannelsLast(
  { backend, micro }: Heap,
  format: DataFormat,
  y: number,
  shape: Shape4,
  write: (address: number) => void,
): void {
  if (format === 'NHWC') write(y);
  else {
    backend.withBlock(4 * sizeOf(shape), (last) => {
      write(last);
      const [batch, channels, height, width] = shape;
      const view = viewOf([batch, height, width, channels]);
      makeMoves(backend, micro, [moveOf(last, permuted(view, [0, 3, 1, 2]), y)]);
    });
  }
}

/** Converts x [batch, channels, pixels] to float64 [batch, pixels, channels]. */
export function toChannelsLast(
  x: ArrayLike<number>,
  batch: number,
  channels: number,
  pixels: number,
): Float64Array {
  return transpose(new Float64Array(x.length), x, batch, channels, pixels);
}

/** Converts y [batch, pixels, channels] to float32 [batch, channels, pixels]. */
export function toChannelsFirst(
  y: ArrayLike<number>,
  batch: number,
  pixels: number,
  channels: number,
): Float32Array {
  return transpose(new Float32Array(y.length), y, batch, pixels, channels);
}

/** Transposes [batch, rows, cols] into [batch, cols, rows]. */
function transpose<T extends Float32Array | Float64Array>(
  into: T,
  from: ArrayLike<number>,
  batch: number,
  rows: number,
  cols: number,
): T {
  for (let n = 0, i = 0; n < batch; n++) {
    const start = n * rows * cols;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) into[start + c * rows + r] = from[i++];
    }
  }
  return into;
}
