/** A run as JUnit's XML. */
import { type CaseResult, isUnexpected, outcomeOf } from '../../../src/validator/index.js';
import { escaped } from '../../report/html.js';

/** Escapes text for an attribute's value; XML 1.0 does not allow most control characters. */
function attribute(text: string): string {
  return (
    escaped(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to remove.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
  );
}

const seconds = (results: readonly CaseResult[]) =>
  (results.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(3);

function testCase(result: CaseResult): string {
  const { id, variant, family, message, expectation } = result;
  const outcome = outcomeOf(result);
  const name = variant === null ? id : `${id} [${variant}]`;
  const head = `    <testcase classname="${family}" name="${attribute(name)}" time="${seconds([result])}"`;
  const known = expectation === undefined ? '' : ` (expected to fail: ${expectation.reason})`;
  const text = attribute(`${outcome}: ${message}${known}`);
  if (isUnexpected(result)) return `${head}><failure message="${text}"/></testcase>`;
  if (outcome === 'skipped' || outcome === 'xfail') {
    return `${head}><skipped message="${text}"/></testcase>`;
  }
  return `${head}/>`;
}

/**
 * Returns the results as JUnit's XML, one test suite per family; expected failures count as
 * skipped.
 */
export function junitXml(backend: string, results: readonly CaseResult[]): string {
  const families = [...new Set(results.map(({ family }) => family))];
  const suites = families.flatMap((family) => {
    const own = results.filter((result) => result.family === family);
    const failures = own.filter(isUnexpected).length;
    const skipped = own.filter((r) => ['skipped', 'xfail'].includes(outcomeOf(r))).length;
    const counts = `tests="${own.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
    return [
      `  <testsuite name="${attribute(`${backend} ${family}`)}" ${counts} time="${seconds(own)}">`,
      ...own.map(testCase),
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
