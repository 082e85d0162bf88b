/** What is held, and what must not be held any more. */
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { backend, memory } from '@tensorflow/tfjs-core';

const MIB = 2 ** 20;

/** What tensors take, between predictions. */
export interface Holdings {
  readonly tensors: number;
  readonly buffers: number;
  readonly bytes: number;
  /** Of the backend in use. */
  readonly records: number;
}

export function holdings(): Holdings {
  const { numTensors, numDataBuffers, numBytes } = memory();
  return {
    tensors: numTensors,
    buffers: numDataBuffers,
    bytes: numBytes,
    records: backend().numDataIds(),
  };
}

/** What is there beyond what was expected, in one line; null for nothing. */
export function beyond(expected: Holdings, when: string): string | null {
  const now = holdings();
  const changes = (Object.keys(now) as (keyof Holdings)[]).flatMap((what) => {
    const more = now[what] - expected[what];
    return more === 0 ? [] : [`${more} ${what}`];
  });
  return changes.length === 0 ? null : `${when}: ${changes.join(', ')} more than before`;
}

/** GPU memory that tensors still take when there is none left; null for none. */
export function gpuLeft(): string | null {
  const engine = backend();
  if (!(engine instanceof MathBackendWebGL)) return null;
  const { numBytesInGPU = 0 } = memory() as { numBytesInGPU?: number };
  const textures = engine.getTextureManager().getNumUsedTextures();
  if (numBytesInGPU === 0 && textures === 0) return null;
  return `at the end: ${numBytesInGPU} bytes on the GPU, ${textures} textures in use`;
}

/** The JavaScript heap after a collection, in MiB; null where the browser does not tell. */
export function heapSize(): number | null {
  const { gc } = globalThis as { gc?: () => void };
  const { memory: heap } = performance as { memory?: { usedJSHeapSize: number } };
  if (gc === undefined || heap === undefined) return null;
  gc();
  return heap.usedJSHeapSize / MIB;
}
