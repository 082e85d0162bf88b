import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** A tfjs kernel of ours, before it is given to a backend by name. */
export type TiledKernel = Omit<KernelConfig, 'backendName'>;

/** What a kernel sees of the CPU engine. Addresses are bytes in the heap's memory. */
export interface CPURunner extends MathBackendCPU {
  /** Where results and packed filters lie; null where there is no WebAssembly. */
  readonly heap: { readonly memory: WebAssembly.Memory } | null;
  readonly whyNoHeap: string;
  /** Those that share large convolutions, see src/cpu/threads.ts; null where there is one. */
  readonly threads: {
    readonly count: number;
    start(modules: readonly (WebAssembly.Module | null)[]): void;
    run(module: number, jobs: readonly number[], own: (job: number) => void): boolean;
  } | null;
  /** The kernels in use, and why none that is faster. */
  build: { readonly name: string | null; readonly reason: string };
  /** Build of the microkernels that must be used; null leaves the choice. */
  readonly forcedVariant: string | null;
  /** Throws what says that the forced variant does not take this. */
  refuse(message: string): never;
  /** Counts a run of a variant for tiledInfo(). */
  countVariant(kernelName: string, variant: string): void;
  /** Where the values of a float32 tensor lie; puts them there. */
  address(tensor: TensorInfo): number;
  /** A float32 tensor, for a kernel to write all of. */
  makeResult(shape: readonly number[]): { tensor: TensorInfo; address: number };
  /** A block of floats made from a tensor's values: made once, kept as long as the data. */
  derive(
    tensor: TensorInfo,
    key: string,
    length: number,
    fill: (into: Float32Array) => void,
  ): number;
  /** Gives the work a block that is free again after it. */
  withBlock<T>(bytes: number, work: (address: number) => T): T;
  /** Never frees a block. */
  abandon(address: number): void;
  /** Floats at an address, until the next call of one of the four above. */
  view(address: number, length: number): Float32Array;
  /** The error of those four says that there is no room. */
  isHeapFull(error: unknown): boolean;
}

/** What tfjs hands to a kernel function. */
export type KernelArgs = Parameters<KernelConfig['kernelFunc']>[0];

/** @throws Error, as the stock kernels do, when a tensor is complex. */
export function assertNotComplex(name: string, tensors: readonly (TensorInfo | undefined)[]): void {
  util.assert(
    tensors.every((t) => t?.dtype !== 'complex64'),
    () => `${name} does not support complex64 tensors in the CPU backend.`,
  );
}

/** The values of a numeric tensor, not copied. */
export function valuesOf(backend: MathBackendCPU, t: TensorInfo): Float32Array {
  return backend.data.get(t.dataId).values as Float32Array;
}
