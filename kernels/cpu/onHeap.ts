import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { HeapType } from './heapType.js';
import { WorkerLost } from './job.js';
import type { CPURunner } from './kernel.js';

/**
 * Makes a tensor in the heap and fills it with `write`, which receives its address. Returns null if
 * the heap has no room for it or for the blocks that `write` needs.
 */
export function onHeap(
  backend: CPURunner,
  shape: readonly number[],
  write: (address: number) => void,
  dtype: HeapType = 'float32',
): TensorInfo | null {
  let made: TensorInfo | null = null;
  try {
    const { tensor, address } = backend.makeResult(shape, dtype);
    made = tensor;
    write(address);
    return tensor;
  } catch (error) {
    if (made !== null) backend.disposeIntermediateTensorInfo(made);
    if (backend.isHeapFull(error)) return null;
    // The retry runs without threads, because the backend has ended them.
    if (error instanceof WorkerLost) return onHeap(backend, shape, write, dtype);
    throw error;
  }
}
