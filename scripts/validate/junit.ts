import type { CaseResult } from '../../src/validator/index.js';
import { type Expectations, isUnexpected, outcomeOf } from './expectations.js';

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text as an attribute's value; XML 1.0 has no place for most control characters. */
function attribute(text: string): string {
  return (
    text
      .replace(/[&<>"]/g, (character) => entities[character])
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to remove.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
  );
}

const seconds = (results: readonly CaseResult[]) =>
  (results.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(3);

function testCase(result: CaseResult, expected: Expectations): string {
  const { id, variant, family, message } = result;
  const outcome = outcomeOf(result, expected);
  const name = variant === null ? id : `${id} [${variant}]`;
  const head = `    <testcase classname="${family}" name="${attribute(name)}" time="${seconds([result])}"`;
  const text = attribute(`${outcome}: ${message}`);
  if (isUnexpected(outcome)) return `${head}><failure message="${text}"/></testcase>`;
  if (outcome === 'skipped' || outcome === 'xfail') {
    return `${head}><skipped message="${text}"/></testcase>`;
  }
  return `${head}/>`;
}

/** The results as JUnit's XML, one test suite a family; expected failures count as skipped. */
export function junitXml(
  backend: string,
  results: readonly CaseResult[],
  expected: Expectations,
): string {
  const families = [...new Set(results.map(({ family }) => family))];
  const suites = families.flatMap((family) => {
    const own = results.filter((result) => result.family === family);
    const outcomes = own.map((result) => outcomeOf(result, expected));
    const failures = outcomes.filter(isUnexpected).length;
    const skipped = outcomes.filter((o) => o === 'skipped' || o === 'xfail').length;
    const counts = `tests="${own.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
    return [
      `  <testsuite name="${attribute(`${backend} ${family}`)}" ${counts} time="${seconds(own)}">`,
      ...own.map((result) => testCase(result, expected)),
      '  </testsuite>',
    ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}
