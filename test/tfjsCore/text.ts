/** Verdict on a run of tfjs-core's tests, and its text. */
import type { SpecFailure, SuiteResult } from './results.js';

type Known = ReadonlyMap<string, string>;

function unexpectedFailures({ failures }: SuiteResult, known: Known): SpecFailure[] {
  return failures.filter(({ name }) => !known.has(name));
}

/** True if some specs passed, and only known ones failed. */
export function isAsExpected(result: SuiteResult, known: Known): boolean {
  return unexpectedFailures(result, known).length === 0 && result.passed > 0;
}

/** Lists the failures, the expected ones with their reasons, and counts the specs. */
export function suiteText(result: SuiteResult, known: Known): string {
  const { passed, skipped, failures } = result;
  const expected = failures.filter(({ name }) => known.has(name));
  const isNew = unexpectedFailures(result, known);
  return [
    `\n${expected.length} failed as expected`,
    ...expected.map(({ name }) => `  ${name}: ${known.get(name)}`),
    `\n${isNew.length} failed unexpectedly`,
    ...isNew.map(({ name, messages }) => `  ${name}\n    ${messages.join('\n    ')}`),
    `\n${skipped} left out by the suite itself`,
    `${passed} passed, ${failures.length} failed`,
  ].join('\n');
}
