import type { TensorInfo } from '@tensorflow/tfjs-core';
import { WorkerLost } from '../errors.js';
import type { HeapType } from './heapType.js';
import { type CPURunner, valuesOf } from './kernel.js';
import { isFloat, sizeOf } from './stockOr.js';

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

/**
 * Makes a tensor of each part, for kernels with several results. Returns null, and leaves no tensor, if
 * `make` returns null for one of them.
 */
export function eachOnHeap<Part>(
  backend: CPURunner,
  parts: readonly Part[],
  make: (part: Part) => TensorInfo | null,
): TensorInfo[] | null {
  const made: TensorInfo[] = [];
  for (const part of parts) {
    const tensor = make(part);
    if (tensor === null) {
      for (const other of made) backend.disposeIntermediateTensorInfo(other);
      return null;
    }
    made.push(tensor);
  }
  return made;
}

/**
 * Makes results that are not on the heap with a temporary block, whose address `compute` receives.
 * Returns null if the heap has no room for it or for other blocks that `compute` needs.
 */
export function inBlock<T>(
  backend: CPURunner,
  bytes: number,
  compute: (address: number) => T,
): T | null {
  try {
    return backend.withBlock(bytes, compute);
  } catch (error) {
    if (backend.isHeapFull(error)) return null;
    throw error;
  }
}

/** Bytes of a line of a processor's cache, in which no two threads should write. */
const LINE = 64;

/**
 * Calls `use` with the address of a block of this size for each thread, and the bytes from one to the
 * next. The block is freed afterwards.
 * @param fill writes the block at an address
 */
export function withThreadBlocks<T>(
  backend: CPURunner,
  bytes: number,
  fill: (address: number) => void,
  use: (first: number, step: number) => T,
): T {
  const step = LINE * Math.ceil(bytes / LINE);
  return backend.withBlock(step * backend.sharing.threadCount, (first) => {
    for (let i = 0; i < backend.sharing.threadCount; i++) fill(first + i * step);
    return use(first, step);
  });
}

/**
 * Calls `use` with the address of a tensor's values as floats. Values of another type are converted in
 * a step, to a block that is freed afterwards.
 */
export function withFloats<T>(
  backend: CPURunner,
  tensor: TensorInfo,
  use: (address: number) => T,
): T {
  if (isFloat(tensor)) return use(backend.address(tensor));
  const length = sizeOf(tensor.shape);
  return backend.withBlock(4 * length, (floats) => {
    const convert = () => backend.view(floats, length).set(valuesOf(backend, tensor));
    backend.step(convert, [tensor]);
    return use(floats);
  });
}

/** Writes words of int32 to an address of the heap. A view of them would take longer to make. */
export function writeWords(backend: CPURunner, address: number, values: ArrayLike<number>): void {
  const { words } = backend.whole;
  const first = address / words.BYTES_PER_ELEMENT;
  for (let i = 0; i < values.length; i++) words[first + i] = values[i];
}

/** Returns the heap's words from an address on, as int32. They are valid as long as those of `view`. */
export function wordsAt(backend: CPURunner, address: number, length: number): Int32Array {
  return new Int32Array(backend.view(address, 0).buffer, address, length);
}
