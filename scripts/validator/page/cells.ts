/** The heat map as data: cases grouped by two axes, and the worst result of each cell. */
import { type CaseResult, outcomeOf } from '../../../src/validator/index.js';
import { type AxisName, inOrder, valueOn } from './axes.js';
import { anyOf, type Row } from './rows.js';
import { severity } from './verdicts.js';

export interface Cell {
  /** Rows in the order given: the worst first. */
  readonly rows: readonly Row[];
  /** The result with the worst verdict, and among equal verdicts the largest error. */
  readonly worst: CaseResult;
  readonly failures: number;
}

export interface HeatMap {
  readonly down: readonly string[];
  readonly across: readonly string[];
  /** Returns the cell of two axis values; undefined if it holds no case. */
  cell(down: string, across: string): Cell | undefined;
}

function worse(a: CaseResult, b: CaseResult): CaseResult {
  const by = severity(outcomeOf(a)) - severity(outcomeOf(b)) || (b.error ?? 0) - (a.error ?? 0);
  return by <= 0 ? a : b;
}

/**
 * Groups rows into cells.
 * @param run index of the run that colours the cells. Rows without a result in this run are left
 *   out of the cells, but all rows define the axes, so that the maps of two runs match.
 */
export function heatMap(
  rows: readonly Row[],
  run: number,
  down: AxisName,
  across: AxisName,
): HeatMap {
  const downs = new Set<string>();
  const acrosses = new Set<string>();
  const cells = new Map<string, Row[]>();
  for (const row of rows) {
    const at = [valueOn(down, anyOf(row)), valueOn(across, anyOf(row))];
    downs.add(at[0]);
    acrosses.add(at[1]);
    if (row.results[run] === null) continue;
    const key = at.join('|');
    const cell = cells.get(key);
    if (cell) cell.push(row);
    else cells.set(key, [row]);
  }
  return {
    down: inOrder(downs),
    across: inOrder(acrosses),
    cell: (d, a) => {
      const inside = cells.get(`${d}|${a}`);
      return inside && cellOf(inside, run);
    },
  };
}

function cellOf(rows: readonly Row[], run: number): Cell {
  const results = rows.map((row) => row.results[run]!);
  const worst = results.reduce(worse);
  const outcome = outcomeOf(worst);
  const failures = results.filter((result) => outcomeOf(result) === outcome).length;
  return { rows, worst, failures: outcome === 'pass' ? 0 : failures };
}
