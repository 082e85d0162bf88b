import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { CPURunner } from './kernel.js';

/**
 * A float32 tensor in the heap that `write` fills, given its address; null where the heap has no
 * room for it or for what `write` needs.
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
    throw error;
  }
}
