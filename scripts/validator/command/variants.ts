import { forceVariant, VariantRefusal, variantNames } from '../../../src/base.js';
import type { VariantControl } from '../../../src/validator/index.js';

/**
 * Returns the validator's control over the variants of a tiled backend.
 * @param only 'all', the name of one variant, or '' for none
 */
export function variantControl(backend: string, only: string): VariantControl | undefined {
  if (only === '') return undefined;
  return {
    names: only === 'all' ? variantNames(backend as 'tiled-webgl' | 'tiled-cpu') : [only],
    force: (name) => forceVariant(name, backend),
    isRefusal: (error) => error instanceof VariantRefusal,
  };
}
