import type { ConvCase } from './convCase.js';
import { coreGrid } from './coreGrid.js';
import { type Family, familyNames, familyOf } from './families.js';
import { fullGrid } from './fullGrid.js';

export type GridName = 'core' | 'full' | Family;

const ofFamilies = Object.fromEntries(
  familyNames.map((family) => [family, () => ofFamily(family)]),
) as Record<Family, () => Iterable<ConvCase>>;

/**
 * Grids by name; a family's grid is the family's part of the full grid. No grid has duplicate
 * cases.
 */
export const grids: Readonly<Record<GridName, () => Iterable<ConvCase>>> = {
  core: coreGrid,
  full: fullGrid,
  ...ofFamilies,
};

function* ofFamily(family: Family): Iterable<ConvCase> {
  for (const c of fullGrid()) if (familyOf(c) === family) yield c;
}
