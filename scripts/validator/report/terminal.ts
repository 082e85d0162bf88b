/** A run as text for a terminal. */
import {
  type CaseResult,
  isUnexpected,
  type Outcome,
  outcomeOf,
  type ValidationReport,
} from '../../../src/validator/index.js';
import { textTable } from '../../report/table.js';
import { type Rerun, rerunCommand } from '../command/rerun.js';
import { describeResult } from './describe.js';

const columns: readonly Outcome[] = [
  'pass',
  'backendWrong',
  'stockWrong',
  'bothWrong',
  'skipped',
  'xfail',
  'xpass',
];

const maxListed = 20;
const maxStock = 3;

/** Formats the worst error in units of the bound; thrown errors and leaks are Infinity. */
function worst(errors: readonly (number | null)[]): string {
  const numbers = errors.filter((error) => error !== null);
  return numbers.length === 0 ? '-' : Math.max(...numbers).toPrecision(3);
}

/**
 * Counts results by family and outcome, with the worst error of the backend and of each reference.
 */
export function familyTable(results: readonly CaseResult[], stock: readonly string[]): string {
  const families = [...new Set(results.map(({ family }) => family))];
  const row = (name: string, own: readonly CaseResult[]) => {
    const outcomes = own.map(outcomeOf);
    return [
      name,
      ...columns.map((column) => String(outcomes.filter((o) => o === column).length)),
      worst(own.map(({ error }) => error)),
      ...stock.map((backend) => worst(own.map(({ stockError }) => stockError[backend] ?? null))),
    ];
  };
  const ofFamily = (name: string) => results.filter(({ family }) => family === name);
  return textTable(
    ['family', ...columns, 'worst', ...stock],
    [...families.map((name) => row(name, ofFamily(name))), row('all', results)],
    1,
  );
}

function told(result: CaseResult): string {
  const variant = result.variant === null ? '' : ` [${result.variant}]`;
  const { expectation } = result;
  const note = expectation === undefined ? '' : ` (expected to fail: ${expectation.reason})`;
  return `${outcomeOf(result)} ${result.id}${variant}: ${result.message}${note}`;
}

/**
 * Returns lines for the first unexpected results, then for the first wrong results of references.
 */
export function failureLines(results: readonly CaseResult[], rerun: Rerun): string[] {
  const bad = results.filter(isUnexpected);
  const lines = bad.slice(0, maxListed).map(told);
  if (bad.length > maxListed) {
    lines.push(`... and ${bad.length - maxListed} more; --json FILE has them all`);
  }
  const stock = results.filter((result) => outcomeOf(result) === 'stockWrong');
  lines.push(...stock.slice(0, maxStock).map(told));
  if (stock.length > maxStock) {
    lines.push(`... and ${stock.length - maxStock} more that a reference gets wrong`);
  }
  if (bad.length > 0) lines.push(`again, the first alone: ${rerunCommand(bad[0], rerun)}`);
  return lines;
}

/** Summarizes a run; a single case is described in full. */
export function reportText(report: ValidationReport, rerun: Rerun, isOneCase: boolean): string {
  const { device, cases } = report;
  if (isOneCase) return cases.map((result) => describeResult(result, rerun)).join('\n\n');
  return [
    familyTable(cases, device.reference),
    '',
    `${device.backend} on ${device.renderer} (${device.userAgent})`,
    ...failureLines(cases, rerun),
  ].join('\n');
}
