/** Running one variant only: for tests, benchmarks and bug reports. */
import { findBackend } from '@tensorflow/tfjs-core';
import { microkernelBuilds } from '../kernels/cpu/microkernels.js';
import { variants } from '../kernels/webgl/variants.js';
import { TiledCPUBackend } from './backend/TiledCPUBackend.js';
import { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';

/**
 * Names of the variants of a backend: of the WebGL engine, conv2d's and depthwise conv2d's; of the
 * CPU engine, the builds of its kernels.
 */
export function variantNames(backendName = 'tiled-webgl'): string[] {
  const isCPU = backendName === 'tiled-cpu' || findBackend(backendName) instanceof TiledCPUBackend;
  return isCPU ? [...microkernelBuilds] : variants.map(({ name }) => name);
}

/**
 * From now on the backend computes convolutions with this variant or throws a
 * VariantRefusal; null gives the choice back.
 * @param backendName a running backend of ours
 * @throws Error where the variant or the backend is none of ours
 */
export function forceVariant(name: string | null, backendName = 'tiled-webgl'): void {
  const names = variantNames(backendName);
  if (name !== null && !names.includes(name)) {
    throw new Error(`forceVariant: there is no variant '${name}'; use one of ${names.join(', ')}`);
  }
  const backend = findBackend(backendName);
  if (!(backend instanceof TiledWebGLBackend || backend instanceof TiledCPUBackend)) {
    throw new Error(`forceVariant: '${backendName}' is not a running backend of ours`);
  }
  backend.forcedVariant = name;
}
