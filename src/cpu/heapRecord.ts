/** Records of data that our kernels compute in the heap, in the form in which stock's kernels read them. */
import type { DataType } from '@tensorflow/tfjs-core';
import type { HeapArray } from './heapArray.js';

export class HeapRecord {
  refCount = 1;

  /** @param pending work that may compute the values */
  constructor(
    readonly dtype: DataType,
    private array: HeapArray,
    private readonly pending: { flush(): void },
  ) {}

  /** The values. Whoever reads them, here or in stock's code, finds them computed. */
  get values(): HeapArray {
    this.pending.flush();
    return this.array;
  }

  set values(array: HeapArray) {
    this.array = array;
  }
}
