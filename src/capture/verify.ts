/** Comparison of a prediction that was made again with an eager one, bit for bit. */
import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/**
 * Reads both predictions, and disposes of the second.
 * @returns the first difference in words; null if all bits are the same
 */
export async function differenceOf(
  backend: KernelBackend,
  eager: readonly Tensor[],
  again: readonly TensorInfo[],
): Promise<string | null> {
  try {
    // The reads begin before the caller can dispose of the tensors.
    const reads = eager.map((tensor) => tensor.data());
    const readsAgain = again.map(({ dataId }) => backend.read(dataId));
    const [expected, found] = await Promise.all([Promise.all(reads), Promise.all(readsAgain)]);
    if (expected.length !== found.length) return 'the number of outputs changes from call to call';
    for (const [i, values] of expected.entries()) {
      const [a, b] = [eager[i], again[i]];
      if (a.dtype !== b.dtype || `${a.shape}` !== `${b.shape}`) {
        return `output ${i} is ${a.dtype} [${a.shape}] eagerly, ${b.dtype} [${b.shape}] recorded`;
      }
      if (!sameBytes(bytesOf(values), bytesOf(found[i])))
        return `output ${i} has other bits than an eager prediction`;
    }
    return null;
  } finally {
    for (const { dataId } of again) backend.disposeData(dataId);
  }
}

function bytesOf(values: unknown): Uint8Array {
  const { buffer, byteOffset, byteLength } = values as Float32Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
