/**
 * Runs cases so that none is judged where an earlier one may have spoiled the memory of a backend:
 * a page is given up at its first wrong result, and the case that gave it is asked again, alone.
 */
import {
  type Attempt,
  type CaseResult,
  caseId,
  familyOf,
  isFailure,
  parseCaseId,
} from '../../src/validator/index.js';
import type { Run } from './job.js';

/** A page that crashed, threw, or did not answer. */
export interface Death {
  /** What was being computed, or was computed last. */
  attempt: Attempt;
  /** One line. */
  reason: string;
  /** Time since that computation began. */
  ms: number;
}

/** Where cases run. */
export interface PageHost {
  /** What starts from nothing with each `run`, such as "a fresh page". */
  readonly fresh: string;
  /**
   * Runs cases in order, from nothing, to the last or to the end of the first with a wrong result.
   * Results come in order.
   * @returns null, or how it ended before that
   * @throws Error where it does not even start, or is interrupted
   */
  run(
    ids: readonly string[],
    reference: readonly string[],
    onResult: (result: CaseResult) => void,
  ): Promise<Death | null>;
}

/** Whether anybody is wrong: what ends a page. */
export function isWrong({ verdict }: CaseResult): boolean {
  return verdict !== 'pass' && verdict !== 'skipped';
}

/**
 * Runs all cases and gives their results in order, a case at a time. The verdict on a case that
 * went wrong is that of its run alone; if it passes alone, its first result stands, and says so.
 */
export async function supervise(
  run: Run,
  host: PageHost,
  onResults: (results: readonly CaseResult[]) => void,
): Promise<void> {
  const { reference } = run;
  /** As results are named. */
  const ids = run.ids.map((id) => caseId(parseCaseId(id)));
  /** The place in `ids` of the case that the next page starts with. */
  let first = 0;
  /** What that case gave on the page before, after others. */
  let doubtful: readonly CaseResult[] = [];
  const emit = (results: readonly CaseResult[]) => {
    onResults(doubtful.length === 0 ? results : settle(doubtful, results, host.fresh));
    doubtful = [];
  };
  while (first < ids.length) {
    /** Results of the case at hand, one a variant. */
    let own: CaseResult[] = [];
    const begin = (id: string) => {
      if (own.length === 0 || own[0].id === id) return;
      emit(own);
      own = [];
    };
    const death = await host.run(ids.slice(first), reference, (result) => {
      begin(result.id);
      own.push(result);
    });
    if (death !== null) {
      const { id, backend, variant } = death.attempt;
      begin(id);
      // A page may die of what it has just computed.
      own = own.filter((result) => result.variant !== variant);
      const known = id === ids[first] && backend !== run.backend;
      own.push(...(known ? await runWithout(id, death, run, host) : [resultOf(death, run)]));
    }
    const ended = death !== null || own.some(isWrong);
    const stop = ended ? ids.indexOf(own[0].id, first) : ids.length;
    if (stop > first && stop < ids.length) {
      doubtful = own;
      first = stop;
    } else {
      if (own.length > 0) emit(own);
      first = stop + 1;
    }
  }
}

/** The result of a computation that a page did not survive. */
function resultOf({ attempt, reason, ms }: Death, run: Run): CaseResult {
  const { id, backend, variant } = attempt;
  const isOwn = backend === run.backend;
  const rest = isOwn && run.variant === 'all' ? '; variants after this one did not run' : '';
  return {
    id,
    family: familyOf(parseCaseId(id)),
    variant,
    verdict: isOwn ? 'backendWrong' : 'stockWrong',
    error: isOwn ? Infinity : null,
    stockError: isOwn ? {} : { [backend]: Infinity },
    message: (isOwn ? reason : `${backend}: ${reason}`) + rest,
    first: null,
    ms,
  };
}

/** A case of which a reference does not survive even the first attempt is judged by the others. */
async function runWithout(id: string, death: Death, run: Run, host: PageHost) {
  const dead = death.attempt.backend;
  const rest = { ...run, reference: run.reference.filter((name) => name !== dead) };
  const results: CaseResult[] = [];
  const next = await host.run([id], rest.reference, (result) => results.push(result));
  if (next !== null) {
    const isOwn = next.attempt.backend === run.backend;
    results.push(...(isOwn ? [resultOf(next, run)] : await runWithout(id, next, rest, host)));
  }
  return results.map((result): CaseResult => {
    if (result.verdict === 'skipped') return result;
    return {
      ...result,
      verdict: isFailure(result.verdict) ? 'bothWrong' : 'stockWrong',
      stockError: { ...result.stockError, [dead]: Infinity },
      message: `${result.message}; ${dead}: ${death.reason}`,
    };
  });
}

/** @param after what a case gave after others; `alone`: what it gave as the first */
function settle(
  after: readonly CaseResult[],
  alone: readonly CaseResult[],
  fresh: string,
): CaseResult[] {
  const inBoth = alone.map((result) => {
    const before = after.find(({ variant }) => variant === result.variant);
    if (before === undefined || !isWrong(before)) return result;
    if (isFailure(result.verdict)) return result;
    if (result.verdict !== 'pass' && !isFailure(before.verdict)) return result;
    const message = `passes alone on ${fresh}; failed after other cases: ${before.message}`;
    return { ...before, message };
  });
  const had = new Set(alone.map(({ variant }) => variant));
  return [...inBoth, ...after.filter(({ variant }) => !had.has(variant))];
}
