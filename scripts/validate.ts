/** `npm run validate`: checks a backend against the float64 oracle, alongside other backends. */
import { isUnexpected } from '../src/validator/index.js';
import { Failure } from './lib/errors.js';
import { interruptedStatus } from './validator/command/interrupt.js';
import { readRequest } from './validator/command/request.js';
import { runSession } from './validator/command/session.js';
import { reportOf, writeFiles } from './validator/report/files.js';
import { reportText } from './validator/report/terminal.js';

/**
 * Runs the command.
 * @param command text that the user types before the options, for the help and printed commands
 * @returns 0: every case as expected; 1: some case not; 130: Ctrl-C
 * @throws Failure if the validation could not run, or not to its end
 */
export async function main(argv: string[], command = 'npm run validate --'): Promise<number> {
  const request = readRequest(argv, command);
  if (request === null) return 0;
  const { ids } = request.job;
  if (request.listOnly) {
    console.log(ids.join('\n'));
    return 0;
  }
  const ended = await runSession(request);
  const report = reportOf(request, ended);
  writeFiles(request, report);
  if (report.cases.length > 0) console.log(reportText(report, request.rerun, ids.length === 1));
  if (ended.interrupted) {
    const seen = new Set(report.cases.map(({ id }) => id)).size;
    console.log(`interrupted after ${seen} of ${ids.length} cases`);
    return interruptedStatus;
  }
  if (ended.failure !== null) throw ended.failure;
  if (report.cases.length === 0) {
    throw new Failure('no case ran: the variant takes none of them');
  }
  return report.cases.some(isUnexpected) ? 1 : 0;
}
