/** Selection of the cases that a command line names, and of the ids that an xfail list names. */
import {
  type Case,
  caseId,
  type GridName,
  grids,
  parseCaseId,
} from '../../../src/validator/index.js';
import { UsageError } from '../../lib/errors.js';

/** Returns a predicate: true if an id matches the pattern, in which `*` stands for any text. */
export function idMatcher(pattern: string): (id: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`);
  return (id) => expression.test(id);
}

/** Parses an id. Printing the result puts the id's fields in their usual order. */
function readCase(query: string): Case {
  try {
    return parseCaseId(query);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`--q is "${query}", which is no case: ${message}`);
  }
}

/** Returns the cases of a grid; without a name those of core and, for a pattern, of kernels too. */
function casesOf(gridName: GridName | undefined, query: string | undefined): Iterable<Case> {
  if (gridName !== undefined || query === undefined) return grids[gridName ?? 'core']();
  return [...grids.core(), ...grids.kernels()];
}

/**
 * Returns the ids to run. An id without `*` need not belong to the grid.
 * @param gridName undefined for the grid that is meant where none is named
 * @param seed replaces every case's own seed
 * @throws UsageError if `query` is not an id, or is a pattern that matches nothing in the grid
 */
export function chooseCases(
  gridName: GridName | undefined,
  query?: string,
  seed?: number,
): string[] {
  const seeded = (c: Case) => caseId(seed === undefined ? c : { ...c, seed });
  if (query !== undefined && !query.includes('*')) return [seeded(readCase(query))];
  const ids = [...casesOf(gridName, query)].map(seeded);
  if (query === undefined) return ids;
  const chosen = ids.filter(idMatcher(query));
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    `--q is "${query}", which matches no case of the grid ${gridName ?? 'core or kernels'}; ids are like ${ids[0]}`,
  );
}
