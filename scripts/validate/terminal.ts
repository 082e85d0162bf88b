/** A run as text for a terminal. */
import {
  type CaseResult,
  caseInputs,
  parseCaseId,
  reference,
  type ValidationReport,
} from '../../src/validator/index.js';
import { textTable } from '../reporting/table.js';
import { type Expectations, isUnexpected, type Outcome, outcomeOf } from './expectations.js';

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

/** The worst error among results in units of the bound; thrown errors and leaks are Infinity. */
function worst(errors: readonly (number | null)[]): string {
  const numbers = errors.filter((error) => error !== null);
  return numbers.length === 0 ? '-' : Math.max(...numbers).toPrecision(3);
}

/** The command that runs a result's case again. */
export function rerunCommand(
  { id, variant }: CaseResult,
  { backend, reference: stock }: ValidationReport['device'],
  browser: string,
): string {
  const forced = variant === null ? '' : ` --variant '${variant}'`;
  const where = ` --backend ${backend} --reference ${stock.join(',')} --browser ${browser}`;
  return `npm run validate --${where}${forced} --q '${id}'`;
}

/** Counts by family and verdict, with the worst error of the backend and of each reference. */
export function familyTable(
  results: readonly CaseResult[],
  stock: readonly string[],
  expected: Expectations,
): string {
  const families = [...new Set(results.map(({ family }) => family))];
  const row = (name: string, own: readonly CaseResult[]) => {
    const outcomes = own.map((result) => outcomeOf(result, expected));
    return [
      name,
      ...columns.map((column) => String(outcomes.filter((o) => o === column).length)),
      worst(own.map(({ error }) => error)),
      ...stock.map((backend) => worst(own.map(({ stockError }) => stockError[backend] ?? null))),
    ];
  };
  return textTable(
    ['family', ...columns, 'worst', ...stock],
    [
      ...families.map((family) =>
        row(
          family,
          results.filter((r) => r.family === family),
        ),
      ),
      row('all', results),
    ],
    1,
  );
}

/** What fails the run, then what references got wrong, one a line; the first of each. */
export function failureLines(report: ValidationReport, expected: Expectations, browser: string) {
  const bad = report.cases.filter((result) => isUnexpected(outcomeOf(result, expected)));
  const lines = bad.slice(0, maxListed).map((result) => {
    const variant = result.variant === null ? '' : ` [${result.variant}]`;
    const reason = expected(result);
    const note = reason === null ? '' : ` (expected to fail: ${reason})`;
    return `${outcomeOf(result, expected)} ${result.id}${variant}: ${result.message}${note}`;
  });
  if (bad.length > maxListed) {
    lines.push(`... and ${bad.length - maxListed} more; --json FILE has them all`);
  }
  const stock = report.cases.filter((result) => outcomeOf(result, expected) === 'stockWrong');
  for (const { id, message } of stock.slice(0, maxStock))
    lines.push(`stockWrong ${id}: ${message}`);
  if (stock.length > maxStock) {
    lines.push(`... and ${stock.length - maxStock} more that a reference gets wrong`);
  }
  if (bad.length > 0) {
    lines.push(`again, the first alone: ${rerunCommand(bad[0], report.device, browser)}`);
  }
  return lines;
}

/** Everything about one result, a line a fact. */
export function describeResult(
  result: CaseResult,
  report: ValidationReport,
  expected: Expectations,
  browser: string,
): string {
  const c = parseCaseId(result.id);
  const inputs = caseInputs(c);
  const { shape } = reference(c, inputs);
  const shapes = Object.entries(inputs).flatMap(([name, operand]) =>
    operand == null ? [] : [`${name} [${operand.shape.join(', ')}]`],
  );
  const { first } = result;
  const reason = expected(result);
  const facts: [string, string][] = [
    ['case', result.id],
    ['variant', result.variant ?? "the backend's own choice"],
    ['inputs', shapes.join('  ')],
    ['output', `[${shape.join(', ')}]`],
    ['verdict', outcomeOf(result, expected) + (reason === null ? '' : ` (${reason})`)],
    ['error', result.error === null ? '-' : `${result.error.toPrecision(3)} of the bound`],
    ...Object.entries(result.stockError).map(([name, error]): [string, string] => [
      name,
      error === null ? 'has no such kernel' : `${error.toPrecision(3)} of the bound`,
    ]),
    ['message', result.message],
  ];
  if (first !== null) {
    const { at, actual, expected: truth, bound, units } = first;
    const interval = Number.isFinite(truth) ? `${truth - bound} to ${truth + bound}` : `${truth}`;
    facts.push(
      ['first bad', `[${at.join(', ')}]`],
      ['expected', interval],
      ['got', `${actual}, off by ${units.toPrecision(3)} times the bound`],
    );
  }
  facts.push(
    ['time', `${result.ms.toFixed(1)} ms for two runs`],
    ['again', rerunCommand(result, report.device, browser)],
  );
  return facts.map(([name, value]) => `${name.padEnd(10)}${value}`).join('\n');
}
