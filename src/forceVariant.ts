/** Running one variant only: for tests, benchmarks and bug reports. */
import { builds } from '../kernels/cpu/builds.js';
import { variants } from '../kernels/webgl/variants.js';
import { TiledCPUBackend } from './cpu/TiledCPUBackend.js';
import { engineOf } from './runningEngine.js';

/**
 * Names of the variants of `tiled-webgl`, conv2d's and depthwise conv2d's, or of `tiled-cpu`: the
 * builds of its kernels.
 */
export function variantNames(backendName: 'tiled-webgl' | 'tiled-cpu' = 'tiled-webgl'): string[] {
  return backendName === 'tiled-cpu' ? [...builds] : variants.map(({ name }) => name);
}

/**
 * From now on the backend computes convolutions with this variant or throws a
 * VariantRefusal; null gives the choice back.
 * @param backendName a running backend; it is not started
 * @throws Error where the variant or the backend is none of ours, or the backend is not running
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
}
