import type { Difference } from './compare.js';

/**
 * Verdict of the float64 oracle: the backend under test, a reference, both or neither is wrong.
 * `stockWrong` means that a reference is, which need not be a stock backend.
 */
export type Verdict = 'pass' | 'backendWrong' | 'stockWrong' | 'bothWrong' | 'skipped';

/** Result of one case on the backend under test. */
export interface CaseResult {
  readonly id: string;
  /** Family of the kernel, from `familyOf`. */
  readonly family: string;
  /** Forced variant; null if the backend chose. */
  readonly variant: string | null;
  readonly verdict: Verdict;
  /** Worst error of the backend in units of the bound; null if the case was skipped. */
  readonly error: number | null;
  /**
   * Worst error of each reference, stock or not, in units of the bound; null if it took no part,
   * without such a kernel or such inputs.
   */
  readonly stockError: Readonly<Record<string, number | null>>;
  /** One line: agreement, the first difference, the error thrown, or the reason for skipping. */
  readonly message: string;
  /** First value beyond its bound. */
  readonly first: Difference | null;
  /** Milliseconds of the backend's two runs, with making the inputs and reading the results. */
  readonly ms: number;
  /** Outcome given by a list of known failures; absent if no list names the case. */
  readonly expectation?: Expectation;
}

/** `xfail`: the case fails as expected; `xpass`: it passes although a failure was expected. */
export interface Expectation {
  readonly outcome: 'xfail' | 'xpass';
  /** Reason why the case was expected to fail. */
  readonly reason: string;
}

/** The verdict, or the outcome that a list of known failures turns it into. */
export type Outcome = Verdict | Expectation['outcome'];

export type Counts = Record<Outcome, number>;

/** Report of a run, which the commands and the page read and write. */
export interface ValidationReport {
  readonly device: {
    readonly userAgent: string;
    readonly renderer: string;
    readonly backend: string;
    readonly reference: readonly string[];
  };
  readonly versions: { readonly tfjs: string; readonly package: string };
  readonly seed: number;
  readonly grid: string;
  readonly counts: Counts;
  readonly cases: readonly CaseResult[];
}

/** True if a verdict counts against the backend under test. */
export function isFailure(verdict: Verdict): boolean {
  return verdict === 'backendWrong' || verdict === 'bothWrong';
}

/**
 * Returns the result, marked `xfail` or `xpass` if a list of known failures has a reason for it; a
 * skipped case stays unmarked.
 */
export function withReason(result: CaseResult, reason: string | null): CaseResult {
  if (reason === null || result.verdict === 'skipped') return result;
  const outcome = isFailure(result.verdict) ? 'xfail' : 'xpass';
  return { ...result, expectation: { outcome, reason } };
}

/** Returns the outcome that a result counts as. */
export function outcomeOf({ verdict, expectation }: CaseResult): Outcome {
  return expectation?.outcome ?? verdict;
}

/** True if a result fails the run: an unexpected failure, or a pass where failure was expected. */
export function isUnexpected({ verdict, expectation }: CaseResult): boolean {
  return expectation === undefined ? isFailure(verdict) : expectation.outcome === 'xpass';
}

/** Counts the results by outcome, each result once. */
export function countResults(results: Iterable<CaseResult>): Counts {
  const counts: Counts = {
    pass: 0,
    backendWrong: 0,
    stockWrong: 0,
    bothWrong: 0,
    skipped: 0,
    xfail: 0,
    xpass: 0,
  };
  for (const result of results) counts[outcomeOf(result)]++;
  return counts;
}

const NOT_FINITE = ['Infinity', '-Infinity', 'NaN'];

/** Writes JSON in which Infinity, -Infinity and NaN are strings of that name. */
export function writeJson(value: unknown, indent?: number): string {
  const write = (_key: string, v: unknown) =>
    typeof v === 'number' && !Number.isFinite(v) ? String(v) : v;
  return JSON.stringify(value, write, indent);
}

/** Reads JSON that `writeJson` wrote, with Infinity, -Infinity and NaN as numbers again. */
export function readJson(text: string): unknown {
  return JSON.parse(text, (_key, v) => (NOT_FINITE.includes(v) ? Number(v) : v));
}
