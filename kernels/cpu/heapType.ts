/** Types of tensors that the heap stores. */
import type { DataType } from '@tensorflow/tfjs-core';

/** A bool is one byte, 0 or 1; other values have 4 bytes. */
const bytes = { float32: 4, int32: 4, bool: 1 } as const;

export type HeapType = keyof typeof bytes;

export const bytesOf = (dtype: HeapType): number => bytes[dtype];

export const isHeapType = (dtype: DataType): dtype is HeapType => dtype in bytes;
