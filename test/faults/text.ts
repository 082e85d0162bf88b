/** Texts that `npm run test:faults` prints. */
import { textTable } from '../../scripts/report/table.js';
import type { FaultResult, Outcome } from '../../scripts/webgl/faultProgram.js';

const head = [
  'fault',
  'calls',
  'right',
  'clear error',
  'right after it',
  'wrong',
  'unclear',
  'leaked',
  'hung',
];

/** Returns the name of a kind of fault in a program. */
const nameOf = ({ kind, program }: FaultResult) =>
  program === 'eager' ? kind : `${kind}, ${program}`;

function row(kind: string, results: readonly FaultResult[]): string[] {
  const count = (test: (result: FaultResult) => boolean) => String(results.filter(test).length);
  const first = (outcome: Outcome) => count((result) => result.first === outcome);
  return [
    kind,
    String(results.length),
    first('right'),
    first('error'),
    count(({ second }) => second === 'right'),
    count(({ first, second }) => first === 'wrong' || second === 'wrong'),
    count(({ first, second }) => first === 'unclear error' || second === 'unclear error'),
    count(({ leaked }) => leaked !== null),
    count(({ first, second }) => first === 'hung' || second === 'hung'),
  ];
}

/** Returns the number of errors by message, with the digits left out. */
function errorsOf(results: readonly FaultResult[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const message of results.filter(({ isGood }) => isGood).flatMap((r) => r.messages)) {
    const [line] = message.replace(/\d[\d.]*/g, 'N').split('\n');
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}

/** Returns a table of outcomes by kind of fault, and below it the number of errors by message. */
export function faultsText(results: readonly FaultResult[]): string {
  const kinds = [...new Set(results.map(nameOf))];
  const rows = kinds.map((kind) =>
    row(
      kind,
      results.filter((result) => nameOf(result) === kind),
    ),
  );
  return [
    textTable(head, [...rows, row('all', results)], 1),
    ...[...errorsOf(results)].map(([message, count]) => `${count}x ${message}`),
  ].join('\n');
}

/** Describes a fault that did not end well. */
export function failureText(result: FaultResult): string {
  const { k, call, first, second, leaked, messages } = result;
  const leak = leaked === null ? '' : `, leaked ${leaked}`;
  const outcomes = `${first}, then ${second}${leak}`;
  return `FAILED: ${nameOf(result)}, call ${k} (${call ?? 'never made'}): ${outcomes}; ${messages.join('; ')}`;
}
