/** Reading a run from a file that somebody hands in. */
import { countResults, readJson, type ValidationReport } from '../../../src/validator/index.js';
import { verdictNames } from './verdicts.js';

/**
 * Reads a report that the page or the command wrote.
 * @throws Error that says in one line what is wrong with the text
 */
export function readReport(text: string): ValidationReport {
  const report = parse(text);
  if (typeof report?.device?.backend !== 'string' || !Array.isArray(report.cases)) {
    throw new Error('it is no report of the validator: device.backend or cases is missing');
  }
  report.cases.forEach(({ id, verdict }, i) => {
    if (typeof id !== 'string' || !verdictNames.includes(verdict)) {
      throw new Error(`cases[${i}] has no id, or its verdict "${verdict}" is unknown`);
    }
  });
  return { ...report, counts: countResults(report.cases) };
}

function parse(text: string): ValidationReport {
  try {
    return readJson(text) as ValidationReport;
  } catch (error) {
    throw new Error(`it is not JSON (${(error as Error).message})`);
  }
}
