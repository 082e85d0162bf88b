import type { Case } from './cases.js';
import { coreGrid } from './coreGrid.js';
import { type Family, familyNames, familyOf } from './families.js';
import { fullGrid } from './fullGrid.js';
import { kernelGrid } from './kernels/kernelGrid.js';

export type GridName = 'core' | 'full' | 'kernels' | 'all' | Family;

const ofFamilies = Object.fromEntries(
  familyNames.map((family) => [family, () => ofFamily(family)]),
) as Record<Family, () => Iterable<Case>>;

/**
 * Grids by name: `core` and `full` of convolutions, `kernels` of other kernels, `all` of both; a
 * family's grid is the family's part of `all`. No grid has duplicate cases.
 */
export const grids: Readonly<Record<GridName, () => Iterable<Case>>> = {
  core: coreGrid,
  full: fullGrid,
  kernels: kernelGrid,
  all: everything,
  ...ofFamilies,
};

function* everything(): Iterable<Case> {
  yield* fullGrid();
  yield* kernelGrid();
}

function* ofFamily(family: Family): Iterable<Case> {
  for (const c of everything()) if (familyOf(c) === family) yield c;
}
