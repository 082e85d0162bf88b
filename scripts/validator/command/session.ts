/** The run itself, with its progress, until its end, its failure or Ctrl-C. */
import { type CaseResult, isUnexpected, withReason } from '../../../src/validator/index.js';
import { endProgress, showProgress } from '../../report/progress.js';
import { execute } from './execute.js';
import { interruptible } from './interrupt.js';
import type { Host } from './job.js';
import type { Request } from './request.js';

export interface Session {
  readonly host: Host;
  readonly results: readonly CaseResult[];
  readonly interrupted: boolean;
  /** Error that ended the run before its last case, other than Ctrl-C; null if there was none. */
  readonly failure: unknown;
}

/** Returns a function that shows progress, a few times a second on a terminal, and a last line. */
function progressOf(total: number) {
  const start = performance.now();
  const seen = new Set<string>();
  const step = process.stderr.isTTY ? 200 : 5000;
  let shownAt = 0;
  return (results: readonly CaseResult[], bad: number) => {
    for (const { id } of results) seen.add(id);
    if (performance.now() - shownAt < step && seen.size < total) return;
    shownAt = performance.now();
    const seconds = Math.round((performance.now() - start) / 1000);
    showProgress(`${seen.size}/${total} cases, ${bad} unexpected, ${seconds} s`);
  };
}

/** Runs the request. Rejects if the run fails before its first result. */
export async function runSession({ job, expected }: Request): Promise<Session> {
  const results: CaseResult[] = [];
  let host: Host = { renderer: 'unknown', userAgent: 'unknown', tfjs: 'unknown' };
  let bad = 0;
  let failure: unknown = null;
  const progress = progressOf(job.ids.length);
  const { signal, done } = interruptible();
  try {
    await execute(
      job,
      {
        onHost: (found) => {
          host = found;
        },
        onResults: (found) => {
          const more = found.map((result) => withReason(result, expected(result.id)));
          results.push(...more);
          bad += more.filter(isUnexpected).length;
          progress(more, bad);
        },
      },
      signal,
    );
  } catch (error) {
    // The results up to this point are worth printing.
    if (results.length === 0 && !signal.aborted) throw error;
    if (!signal.aborted) failure = error;
  } finally {
    done();
    endProgress();
  }
  return { host, results, interrupted: signal.aborted, failure };
}
