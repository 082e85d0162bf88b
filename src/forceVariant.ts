/** Control to run one variant only: for tests, benchmarks and bug reports. */
import { type EngineName, engineNamed } from './engines.js';
import { engineOf } from './runningEngine.js';

/**
 * Returns the names of the variants of `tiled-webgl` for conv2d, depthwise conv2d and transposed
 * conv2d, or of `tiled-cpu`, whose variants are the builds of its kernels.
 * @experimental names change with the variants
 * @throws Error if that engine is not registered
 */
export function variantNames(backendName: 'tiled-webgl' | 'tiled-cpu' = 'tiled-webgl'): string[] {
  const engine = engineNamed(backendName.replace('tiled-', '') as EngineName);
  if (engine !== undefined) return [...engine.variantNames];
  throw new Error(
    `variantNames: '${backendName}' is not registered here; registerTiled() registers ` +
      "'tiled-webgl' and 'tiled-cpu', and the entries /webgl and /cpu of tfjs-backend-tiled one each",
  );
}

/**
 * Makes the backend compute convolutions with this variant from now on, or throw a VariantRefusal;
 * null lets the backend choose again.
 *
 * ```js
 * forceVariant('direct-2x2x2');
 * const y = model.predict(x);
 * forceVariant(null);
 * ```
 *
 * @experimental names change with the variants
 * @param backendName a running backend; it is not started
 * @throws Error if the variant is unknown, the backend is not a tiled backend, or it is not running
 */
export function forceVariant(name: string | null, backendName = 'tiled-webgl'): void {
  const { backend, elsewhere } = engineOf<typeof forceVariant>('forceVariant', backendName);
  if (elsewhere) return void elsewhere(name, backendName);
  const names = variantNames(`tiled-${backend.engine}`);
  if (name !== null && !names.includes(name)) {
    throw new Error(`forceVariant: there is no variant '${name}'; use one of ${names.join(', ')}`);
  }
  const forced = backend.engine === 'cpu' ? backend : backend.runner;
  forced.forcedVariant = name;
  backend.captures.dropAll('another variant was asked for');
}
