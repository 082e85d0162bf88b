import { forceVariant, VariantRefusal, variantNames } from '../../src/base.js';
import type { VariantControl } from '../../src/validator/index.js';

/**
 * How the validator forces the variants of a backend of ours.
 * @param only 'all', the name of one, or '' for none
 */
export function variantControl(backend: string, only: string): VariantControl | undefined {
  if (only === '') return undefined;
  return {
    names: only === 'all' ? variantNames(backend as 'tiled-webgl' | 'tiled-cpu') : [only],
    force: (name) => forceVariant(name, backend),
    isRefusal: (error) => error instanceof VariantRefusal,
  };
}
