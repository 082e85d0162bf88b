import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type DataId, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { HeapType } from './heapType.js';
import type { Microkernels } from './shared/functions.js';
import type { DivisibleWork, SharedWork } from './shared/work.js';

/** Our tfjs kernel, before it is registered for a backend name. */
export type CPUKernel = Omit<KernelConfig, 'backendName'>;

/** A tensor [n, h, w, c] that was padded with zeros along h and w. */
export interface Padded {
  /** The tensor before. */
  readonly x: TensorInfo;
  /** Shape after. Its data may have other shapes as well. */
  readonly shape: readonly number[];
  readonly top: number;
  readonly left: number;
}

/** The part of a recorder that kernels use. */
interface KernelRecorder {
  /** True if the data depends on the inputs of the recorded prediction. */
  isDependent(dataId: DataId): boolean;
  /** Notes that the last step made a tensor by padding another one. */
  notePadded(dataId: DataId, padded: Padded): void;
  /** Returns the tensor that was padded to make this one; null if that is not known any more. */
  unpadded(dataId: DataId): Padded | null;
  /** Notes that the kernel has read the tensor that was padded, instead of this one. */
  noteUnpadded(dataId: DataId): void;
}

/** The part of the CPU engine that kernels use. Addresses are bytes in the heap's memory. */
export interface CPURunner extends MathBackendCPU {
  /** The memory of results and packed filters; null if there is no WebAssembly. */
  readonly heap: { readonly memory: WebAssembly.Memory } | null;
  readonly whyNoHeap: string;
  readonly sharing: {
    /** True if the heap's memory is shared. */
    readonly isPossible: boolean;
    /** Most threads that may share work: calls of each number below it may be made at the same time. */
    readonly threadCount: number;
    /** Effort from which work is shared. */
    readonly least: number;
  };
  /** The build in use, and the reason why no faster one is used. */
  build: { readonly name: string | null; readonly reason: string };
  /** Build of the microkernels that must be used; null leaves the choice to the engine. */
  readonly forcedVariant: string | null;
  /** Throws the error for a call that the forced variant does not support. */
  refuse(message: string): never;
  /** Counts a run of a variant for tiledInfo(). */
  countVariant(kernelName: string, variant: string): void;
  /**
   * Returns the address of the values of a tensor of a type that the heap stores; moves them there if
   * needed.
   */
  address(tensor: TensorInfo): number;
  readonly residents: {
    /** True if the values of the data are in the heap, as are those that our kernels have computed. */
    isOnHeap(dataId: DataId): boolean;
  };
  /** Makes a tensor in the heap, of float32 by default. The kernel must write all of its values. */
  makeResult(shape: readonly number[], dtype?: HeapType): { tensor: TensorInfo; address: number };
  /**
   * Returns the address of a block of floats made from a tensor's values. The block is kept as long
   * as the data, unless trim() frees it; then the next call makes it again.
   */
  derive(
    tensor: TensorInfo,
    key: string,
    length: number,
    fill: (into: Float32Array) => void,
  ): number;
  /** Runs `work` with a temporary block, which is freed afterwards. */
  withBlock<T>(bytes: number, work: (address: number) => T): T;
  /**
   * Does work on blocks of the heap, which it knows by their addresses. A recording does it again with
   * other values in them, so the work depends on nothing else that may change.
   * @param reads tensors whose values the work reads by valuesOf()
   */
  step(work: () => void, reads?: readonly TensorInfo[]): void;
  /**
   * Does work as step() does, and shares it among threads if it is worth that. A recording may do divisible
   * work together with other work, part by part.
   * @throws WorkerLost
   */
  stepInParts(micro: Microkernels, work: SharedWork | DivisibleWork): void;
  /** The recorder of the prediction that is being made; null for none. */
  readonly recorder: KernelRecorder | null;
  /**
   * Notes that values of a tensor are read now, and not in a step: they must not depend on the inputs
   * of a recorded prediction.
   * @param what the use of the tensor
   */
  noteConstant(tensor: TensorInfo, what: string): void;
  /**
   * Returns a view of the floats at an address. It is valid until the next call of `address`,
   * `makeResult`, `derive` or `withBlock`, because these may grow the memory.
   */
  view(address: number, length: number): Float32Array;
  /** All words of the heap, as int32 and as float32; valid as long as a view. */
  readonly whole: { readonly words: Int32Array; readonly floats: Float32Array };
  /** Returns a view of values of a type; it is valid as long as that of view(). */
  arrayAt(dtype: HeapType, address: number, length: number): Float32Array | Int32Array | Uint8Array;
  /** True if an error of `address`, `makeResult`, `derive` or `withBlock` means that the heap has no room. */
  isHeapFull(error: unknown): boolean;
}

/** The arguments that tfjs passes to a kernel function. */
export type KernelArgs = Parameters<KernelConfig['kernelFunc']>[0];

/** @throws Error, as stock kernels do, if a tensor is complex. */
export function assertNotComplex(name: string, tensors: readonly (TensorInfo | undefined)[]): void {
  util.assert(
    tensors.every((t) => t?.dtype !== 'complex64'),
    () => `${name} does not support complex64 tensors in the CPU backend.`,
  );
}

/** Returns the values of a numeric tensor without copying them. */
export function valuesOf(backend: MathBackendCPU, t: TensorInfo): Float32Array {
  return backend.data.get(t.dataId).values as Float32Array;
}
