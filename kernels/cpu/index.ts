import type { KernelConfig } from '@tensorflow/tfjs-core';

/** A tfjs kernel of ours, before it is given to a backend by name. */
export type TiledKernel = Omit<KernelConfig, 'backendName'>;

/** The kernels of `tiled-cpu` that replace stock ones; all others are inherited from 'cpu'. */
export const cpuKernels: readonly TiledKernel[] = [];
