/** Running one variant only: for tests, benchmarks and bug reports. */
import { findBackend } from '@tensorflow/tfjs-core';
import { variants } from '../kernels/webgl/variants.js';
import { TiledWebGLBackend } from './backend/TiledWebGLBackend.js';

/** Names of the variants of `tiled-webgl`, conv2d's and depthwise conv2d's. */
export function variantNames(): string[] {
  return variants.map(({ name }) => name);
}

/**
 * From now on the backend computes convolutions with this variant or throws a
 * VariantRefusal; null gives the choice back.
 * @param backendName a running backend on the WebGL engine
 * @throws Error where the variant or the backend is none of ours
 */
export function forceVariant(name: string | null, backendName = 'tiled-webgl'): void {
  if (name !== null && !variantNames().includes(name)) {
    throw new Error(
      `forceVariant: there is no variant '${name}'; use one of ${variantNames().join(', ')}`,
    );
  }
  const backend = findBackend(backendName);
  if (!(backend instanceof TiledWebGLBackend)) {
    throw new Error(`forceVariant: '${backendName}' is not a running backend on the WebGL engine`);
  }
  backend.forcedVariant = name;
}
