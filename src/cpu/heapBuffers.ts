/** Memory buffers of heaps, which must not leave the backend as values of a tensor. */
import type { backend_util } from '@tensorflow/tfjs-core';
import type { HeapArray } from './heapArray.js';

export class HeapBuffers {
  /** Buffers of heaps that are not in use any more. */
  private readonly old = new WeakSet<ArrayBufferLike>();

  noteOld(buffer: ArrayBufferLike): void {
    this.old.add(buffer);
  }

  /**
   * Copies values that are stored in a heap, because stock kernels return a part of a tensor as a
   * view of the whole. Returns other values as they are.
   * @param memory the memory of the heap in use
   * @param isShared true if threads share it. When a shared memory grows, it gets a new buffer, but
   * views of the old buffer still show the memory; so every shared buffer counts.
   */
  owned(
    values: backend_util.BackendValues,
    memory: WebAssembly.Memory | undefined,
    isShared: boolean,
  ): backend_util.BackendValues {
    if (!ArrayBuffer.isView(values)) return values;
    const { buffer } = values;
    const isInHeap =
      buffer === memory?.buffer ||
      this.old.has(buffer) ||
      (isShared && buffer instanceof SharedArrayBuffer);
    return isInHeap ? (values as HeapArray).slice() : values;
  }
}
