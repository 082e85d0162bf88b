/** The page's URL parameters: backend, reference, grid, q, variant, module, autorun. */
import { backends } from './backends.js';
import { gridNames, references, type Setup, variantBackend, variantChoices } from './run.js';

const initial: Setup = {
  backend: backends[0],
  reference: references,
  grid: 'core',
  q: '',
  variant: '',
  module: '',
};

function check(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new Error(
      `${name}=${value} is unknown; it must be one of ${allowed.filter(Boolean).join(', ') || 'none here'}`,
    );
  }
}

/**
 * Reads the setup that an address requests. A `q` in the address makes the run start at once.
 * @throws Error that names the parameter, its value and the allowed values
 */
export function readAddress(search: string): { setup: Setup; autorun: boolean } {
  const given = new URLSearchParams(search);
  const module = given.get('module') ?? '';
  // A script's backends are known only once it has loaded; '' selects the first.
  const backend = given.get('backend') ?? (module === '' ? initial.backend : '');
  if (module === '') check('backend', backend, backends);
  const reference = given.get('reference')?.split(',').filter(Boolean) ?? initial.reference;
  for (const name of reference) check('reference', name, references);
  const grid = given.get('grid') ?? initial.grid;
  check('grid', grid, gridNames);
  const q = given.get('q') ?? '';
  const variant = given.get('variant') ?? '';
  check('variant', variant, backend === variantBackend ? variantChoices : ['']);
  const setup = {
    backend,
    reference,
    grid: grid as Setup['grid'],
    q,
    variant,
    module,
  };
  return { setup, autorun: q !== '' || given.get('autorun') === '1' };
}

export const initialSetup = initial;

/** Returns the address that runs a setup. */
export function addressOf({ backend, reference, grid, q, variant, module }: Setup): string {
  const what =
    q === ''
      ? `grid=${grid}`
      : `q=${encodeURIComponent(q).replace(/%(3A|3D|3B|2C)/g, decodeURIComponent)}`;
  const variants = variant === '' ? '' : `&variant=${variant}`;
  const script = module === '' ? '' : `&module=${encodeURIComponent(module)}`;
  return `?${what}&backend=${encodeURIComponent(backend)}&reference=${reference.join(',')}${variants}${script}&autorun=1`;
}
