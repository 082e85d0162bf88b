/** The CPU engine with its kernels. Only this file imports the list of them, and stock cpu. */
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import { builds } from '../kernels/cpu/builds.js';
import { cpuKernels } from '../kernels/cpu/index.js';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import type { Engine } from './engines.js';

export const cpuEngine: Engine = {
  name: 'cpu',
  stock: { name: 'cpu', packageName: 'tfjs-backend-cpu', version: version_cpu },
  kernels: cpuKernels,
  inherit: (kernel) => kernel,
  make: (reason) => new TiledCPUBackend(reason),
  variantNames: builds,
  tuner: null,
};
