/** Control to run one variant only: for tests, benchmarks and bug reports. */
import { builds } from '../kernels/cpu/builds.js';
import { variants } from '../kernels/webgl/variants.js';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { engineOf } from './runningEngine.js';

/**
 * Returns the names of the variants of `tiled-webgl` for conv2d, depthwise conv2d and transposed
 * conv2d, or of `tiled-cpu`, whose variants are the builds of its kernels.
 */
export function variantNames(backendName: 'tiled-webgl' | 'tiled-cpu' = 'tiled-webgl'): string[] {
  return backendName === 'tiled-cpu' ? [...builds] : variants.map(({ name }) => name);
}

/**
 * Makes the backend compute convolutions with this variant from now on, or throw a VariantRefusal;
 * null lets the backend choose again.
 * @param backendName a running backend; it is not started
 * @throws Error if the variant is unknown, the backend is not a tiled backend, or it is not running
 */
export function forceVariant(name: string | null, backendName = 'tiled-webgl'): void {
  const { backend, elsewhere } = engineOf<typeof forceVariant>('forceVariant', backendName);
  if (elsewhere) return void elsewhere(name, backendName);
  const names = variantNames(backend instanceof TiledCPUBackend ? 'tiled-cpu' : 'tiled-webgl');
  if (name !== null && !names.includes(name)) {
    throw new Error(`forceVariant: there is no variant '${name}'; use one of ${names.join(', ')}`);
  }
  const forced = backend instanceof TiledCPUBackend ? backend : backend.runner;
  forced.forcedVariant = name;
  backend.captures.dropAll('another variant was asked for');
}
