import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** A tfjs kernel of ours, before it is given to a backend by name. */
export type TiledKernel = Omit<KernelConfig, 'backendName'>;

/** What a kernel sees of the CPU engine. */
export interface CPURunner extends MathBackendCPU {
  /** Counts a run of a variant for tiledInfo(). */
  countVariant(kernelName: string, variant: string): void;
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
