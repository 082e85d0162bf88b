import {
  type CaseResult,
  caseInputs,
  outcomeOf,
  parseCaseId,
  reference,
} from '../../../src/validator/index.js';
import { type Rerun, rerunCommand } from '../command/rerun.js';

/** Describes one result in full, one fact per line. */
export function describeResult(result: CaseResult, rerun: Rerun): string {
  const c = parseCaseId(result.id);
  const inputs = caseInputs(c);
  const { shape } = reference(c, inputs);
  const shapes = Object.entries(inputs).flatMap(([name, operand]) =>
    operand == null ? [] : [`${name} [${operand.shape.join(', ')}]`],
  );
  const { first, expectation } = result;
  const reason = expectation === undefined ? '' : ` (expected to fail: ${expectation.reason})`;
  const facts: [string, string][] = [
    ['case', result.id],
    ['variant', result.variant ?? "the backend's own choice"],
    ['inputs', shapes.join('  ')],
    ['output', `[${shape.join(', ')}]`],
    ['verdict', outcomeOf(result) + reason],
    ['error', result.error === null ? '-' : `${result.error.toPrecision(3)} of the bound`],
    ...Object.entries(result.stockError).map(([name, error]): [string, string] => [
      name,
      error === null ? 'took no part' : `${error.toPrecision(3)} of the bound`,
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
    ['again', rerunCommand(result, rerun)],
  );
  return facts.map(([name, value]) => `${name.padEnd(10)}${value}`).join('\n');
}
