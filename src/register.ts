/** Gives the engines their names and kernels. The only file that sees both. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import {
  findBackendFactory,
  getKernelsForBackend,
  type KernelConfig,
  registerBackend,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { cpuKernels } from '../kernels/cpu/index.js';
import { TiledCPUBackend } from './backend/TiledCPUBackend.js';
import { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';

type TiledKernel = Omit<KernelConfig, 'backendName'>;

function giveKernels(backendName: string, stock: string, ours: readonly TiledKernel[]): void {
  const own = new Set(ours.map((kernel) => kernel.kernelName));
  for (const kernel of getKernelsForBackend(backendName)) {
    unregisterKernel(kernel.kernelName, backendName);
  }
  for (const kernel of getKernelsForBackend(stock)) {
    if (!own.has(kernel.kernelName)) registerKernel({ ...kernel, backendName });
  }
  for (const kernel of ours) registerKernel({ ...kernel, backendName });
}

export function registerTiled(): void {
  if (findBackendFactory('tiled') != null) return;
  giveKernels('tiled-webgl', 'webgl', []);
  giveKernels('tiled-cpu', 'cpu', cpuKernels);
  giveKernels('tiled', 'cpu', cpuKernels);
  registerBackend('tiled-webgl', () => new TiledWebGLBackend(), 0);
  registerBackend('tiled-cpu', () => new TiledCPUBackend(), 0);
  registerBackend('tiled', () => new TiledCPUBackend(), 0);
}
