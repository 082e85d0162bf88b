/** Typed arrays of the values that the heap stores. */
import type { DataType } from '@tensorflow/tfjs-core';

/** Array of each type that the heap stores, which is that of stock's kernels. */
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export type HeapType = keyof typeof arrays;
export type HeapArray = Float32Array | Int32Array | Uint8Array;

/** Bytes of one value. */
export const bytesOf = (dtype: DataType) => arrays[dtype as HeapType].BYTES_PER_ELEMENT;

/** Returns a view of values of a buffer, which begin at a byte. */
export function arrayAt(
  buffer: ArrayBufferLike,
  dtype: DataType,
  byte: number,
  length: number,
): HeapArray {
  return new arrays[dtype as HeapType](buffer as ArrayBuffer, byte, length);
}
