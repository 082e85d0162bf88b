import type { TensorInfo } from '@tensorflow/tfjs-core';
import { WorkerLost } from './job.js';
import type { CPURunner } from './kernel.js';

/**
 * Makes a float32 tensor in the heap and fills it with `write`, which receives its address. Returns
 * null if the heap has no room for it or for the blocks that `write` needs.
 */
export function onHeap(
  backend: CPURunner,
  shape: readonly number[],
  write: (address: number) => void,
): TensorInfo | null {
  let made: TensorInfo | null = null;
  try {
    const { tensor, address } = backend.makeResult(shape);
    made = tensor;
    write(address);
    return tensor;
  } catch (error) {
    if (made !== null) backend.disposeIntermediateTensorInfo(made);
    if (backend.isHeapFull(error)) return null;
    // The retry runs without threads, because the backend has ended them.
    if (error instanceof WorkerLost) return onHeap(backend, shape, write);
    throw error;
  }
}
