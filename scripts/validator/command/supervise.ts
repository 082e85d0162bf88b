/**
 * Runs cases so that none is judged after an earlier case may have corrupted a backend's memory. A
 * page is abandoned at its first wrong result, and that case is run again as the first case of the
 * next page.
 */
import {
  type Attempt,
  type CaseResult,
  caseId,
  familyOf,
  isFailure,
  parseCaseId,
} from '../../../src/validator/index.js';
import type { Run } from './job.js';

/** A page that crashed, threw, or did not answer. */
export interface Death {
  /** The computation that was running, or that ran last. */
  attempt: Attempt;
  /** One line. */
  reason: string;
  /** Milliseconds since that computation began. */
  ms: number;
}

/** Host in which cases run. */
export interface PageHost {
  /** Name of the thing that starts from nothing with each `run`, such as "a fresh page". */
  readonly fresh: string;
  /**
   * Runs cases in order, from nothing, up to the last or through the first with a wrong result.
   * Results come in order.
   * @returns null, or how the page ended before that
   * @throws Error if the page does not start, or is interrupted
   */
  run(
    ids: readonly string[],
    reference: readonly string[],
    onResult: (result: CaseResult) => void,
  ): Promise<Death | null>;
}

/** True if the backend or a reference is wrong, which ends a page. */
export function isWrong({ verdict }: CaseResult): boolean {
  return verdict !== 'pass' && verdict !== 'skipped';
}

/**
 * Runs all cases and reports their results in order, one case at a time. The verdict on a case that
 * went wrong comes from running it alone. If it passes alone, its first result stands, with a
 * message that says so.
 */
export async function supervise(
  run: Run,
  host: PageHost,
  onResults: (results: readonly CaseResult[]) => void,
): Promise<void> {
  const { reference } = run;
  /** Ids in the form that results use. */
  const ids = run.ids.map((id) => caseId(parseCaseId(id)));
  /** Index in `ids` of the case that the next page starts with. */
  let first = 0;
  /** Results of that case on the previous page, after other cases. */
  let doubtful: readonly CaseResult[] = [];
  const emit = (results: readonly CaseResult[]) => {
    onResults(doubtful.length === 0 ? results : settle(doubtful, results, host.fresh));
    doubtful = [];
  };
  while (first < ids.length) {
    /** Results of the current case, one per variant. */
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
      // A page may die from the computation that it has just finished.
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

/** Returns the result of a computation that a page did not survive. */
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

/** Judges a case by its other references after one died on it, even as the first case of a page. */
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

/**
 * @param after results of a case after other cases
 * @param alone results of the case as a page's first
 */
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
