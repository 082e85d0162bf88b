/** Reader of a run's report from a file that the user opens. */
import {
  type CaseResult,
  countResults,
  readJson,
  type ValidationReport,
} from '../../../src/validator/index.js';
import { verdictNames } from './verdicts.js';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const fieldsOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isFields(value) && faultIn(value, checks) === null;

/** Returns the first invalid field with its value; null if all fields are valid. */
function faultIn(fields: Fields, checks: Readonly<Record<string, Check>>): string | null {
  const wrong = Object.keys(checks).find((name) => !checks[name](fields[name]));
  if (wrong === undefined) return null;
  const text = JSON.stringify(fields[wrong]) ?? 'missing';
  return `${wrong} is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

const isVerdict: Check = (value) => verdictNames.some((name) => name === value);

/** Checks of the case fields that the views and the derived reports read. */
const caseFields: Readonly<Record<keyof CaseResult, Check>> = {
  id: isText,
  family: isText,
  variant: orNull(isText),
  verdict: (value) => isVerdict(value) && value !== 'xfail' && value !== 'xpass',
  error: orNull(isNumber),
  stockError: (value) => isFields(value) && Object.values(value).every(orNull(isNumber)),
  message: isText,
  first: orNull(
    fieldsOf({
      at: listOf(isNumber),
      actual: isNumber,
      expected: isNumber,
      bound: isNumber,
      units: isNumber,
    }),
  ),
  ms: isNumber,
  expectation: (value) =>
    value === undefined ||
    fieldsOf({ outcome: (o) => o === 'xfail' || o === 'xpass', reason: isText })(value),
};

const reportFields: Readonly<Record<Exclude<keyof ValidationReport, 'counts'>, Check>> = {
  device: fieldsOf({
    userAgent: isText,
    renderer: isText,
    backend: isText,
    reference: listOf(isText),
  }),
  versions: fieldsOf({ tfjs: isText, package: isText }),
  seed: isNumber,
  grid: isText,
  cases: Array.isArray,
};

/**
 * Reads a report that the page or the command wrote.
 * @throws Error that says in one line what is wrong with the text
 */
export function readReport(text: string): ValidationReport {
  const value = parse(text);
  if (!isFields(value)) throw new Error('it is not a report of the validator: it is not an object');
  const fault = faultIn(value, reportFields);
  if (fault !== null) throw new Error(`it is not a report of the validator: ${fault}`);
  const report = value as unknown as ValidationReport;
  for (const [i, result] of report.cases.entries()) {
    if (!isFields(result)) throw new Error(`cases[${i}] is not an object`);
    const wrong = faultIn(result, caseFields);
    if (wrong !== null) throw new Error(`cases[${i}]: ${wrong}`);
  }
  return { ...report, counts: countResults(report.cases) };
}

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    throw new Error(`it is not JSON (${(error as Error).message.split('\n')[0]})`);
  }
}
