/** Rows that the views show: the cases of one run, or of two runs side by side. */
import {
  type CaseResult,
  isFailure,
  type Outcome,
  outcomeOf,
} from '../../../src/validator/index.js';
import { severity } from './verdicts.js';

/** One case under one variant in each run; the first run is the one on the page. */
export interface Row {
  readonly key: string;
  readonly results: readonly (CaseResult | null)[];
  /** True if the runs disagree on the verdict. */
  readonly changed: boolean;
}

export type VerdictFilter = Outcome | 'all' | 'failures' | 'changed';

export interface Filter {
  readonly verdict: VerdictFilter;
  /** A family, or '' for all. */
  readonly family: string;
  /** Words that must all occur in the id, the variant or the message. */
  readonly text: string;
}

/** Returns a key that identifies a result's case and variant. */
export const keyOf = ({ id, variant }: CaseResult): string => `${id} ${variant ?? ''}`;

/** Returns the row's result from the first run that has one. */
export function anyOf(row: Row): CaseResult {
  return row.results.find((result) => result !== null) as CaseResult;
}

/**
 * Returns the rows of one or two runs: changed rows first, then by worst verdict, then by largest
 * error.
 */
export function rowsOf(runs: readonly (readonly CaseResult[])[]): Row[] {
  const found = new Map<string, (CaseResult | null)[]>();
  runs.forEach((cases, run) => {
    for (const result of cases) {
      const key = keyOf(result);
      const results = found.get(key) ?? runs.map(() => null);
      results[run] = result;
      found.set(key, results);
    }
  });
  const rows = [...found].map(([key, results]) => ({ key, results, changed: differ(results) }));
  const rank = new Map(rows.map((row) => [row, rankOf(row)]));
  return rows.sort((a, b) => {
    const [rankA, rankB] = [rank.get(a)!, rank.get(b)!];
    const i = rankA.findIndex((value, at) => value !== rankB[at]);
    return i < 0 ? 0 : rankA[i] - rankB[i];
  });
}

/** True if the runs' outcomes differ. A case that only one run has does not count as changed. */
function differ(results: readonly (CaseResult | null)[]): boolean {
  const [first, ...others] = results.filter((result) => result !== null);
  return others.some((other) => outcomeOf(other) !== outcomeOf(first));
}

function rankOf({ results, changed }: Row): number[] {
  const there = results.filter((result) => result !== null);
  return [
    changed ? 0 : 1,
    Math.min(...there.map((result) => severity(outcomeOf(result)))),
    -Math.max(...there.map(({ error }) => error ?? 0)),
  ];
}

/** Maximum number of rows that pass which a table lists without being asked to. */
const fewPassing = 5;

/**
 * Returns the rows that pass and can be folded, which are those that nobody looks for: none if they are
 * few, or if a filter asks for them.
 */
export function foldable(rows: readonly Row[], { verdict, text }: Filter): Row[] {
  if (verdict === 'pass' || text !== '') return [];
  const passing = rows.filter(
    ({ results, changed }) =>
      !changed && results.every((result) => result === null || outcomeOf(result) === 'pass'),
  );
  return passing.length > fewPassing ? passing : [];
}

/** True if a row passes the filter. With two runs, it is enough that one run passes. */
export function keep(row: Row, { verdict, family, text }: Filter): boolean {
  const there = row.results.filter((result) => result !== null);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hasVerdict = (result: CaseResult) =>
    verdict === 'all' ||
    (verdict === 'failures' ? isFailure(result.verdict) : outcomeOf(result) === verdict);
  return (
    (verdict === 'changed' ? row.changed : there.some(hasVerdict)) &&
    (family === '' || there[0].family === family) &&
    there.some((result) => {
      const said = `${result.id} ${result.variant ?? ''} ${result.message}`.toLowerCase();
      return words.every((word) => said.includes(word));
    })
  );
}
