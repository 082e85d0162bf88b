import type { Difference } from './compare.js';

/** Who is wrong, judged by the float64 oracle: the backend under test, a reference, or nobody. */
export type Verdict = 'pass' | 'backendWrong' | 'stockWrong' | 'bothWrong' | 'skipped';

/** What became of one case on the backend under test. */
export interface CaseResult {
  readonly id: string;
  /** The kernel's family: `familyOf` the case. */
  readonly family: string;
  /** The forced variant; null: the backend's own choice. */
  readonly variant: string | null;
  readonly verdict: Verdict;
  /** The backend's worst error in units of the bound; null when skipped. */
  readonly error: number | null;
  /** The same of each reference; null where the reference has no such kernel. */
  readonly stockError: Readonly<Record<string, number | null>>;
  /** One line: agreement, the first difference, what was thrown, or why the case is skipped. */
  readonly message: string;
  /** The first value beyond its bound. */
  readonly first: Difference | null;
  /** Time of the backend's two runs, with making the inputs and reading the answers. */
  readonly ms: number;
  /** What a list of known failures makes of it; absent where none names the case. */
  readonly expectation?: Expectation;
}

/** `xfail`: it fails as was expected; `xpass`: it passes where a failure was expected. */
export interface Expectation {
  readonly outcome: 'xfail' | 'xpass';
  /** Why it was expected to fail. */
  readonly reason: string;
}

/** The verdict, or what a list of known failures makes of it. */
export type Outcome = Verdict | Expectation['outcome'];

export type Counts = Record<Outcome, number>;

/** What a run leaves behind, as the commands and the page read and write it. */
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

/** Whether a verdict speaks against the backend under test. */
export function isFailure(verdict: Verdict): boolean {
  return verdict === 'backendWrong' || verdict === 'bothWrong';
}

/** The result with what a list of known failures makes of it; a skipped case stays as it is. */
export function withReason(result: CaseResult, reason: string | null): CaseResult {
  if (reason === null || result.verdict === 'skipped') return result;
  const outcome = isFailure(result.verdict) ? 'xfail' : 'xpass';
  return { ...result, expectation: { outcome, reason } };
}

/** What a result counts as. */
export function outcomeOf({ verdict, expectation }: CaseResult): Outcome {
  return expectation?.outcome ?? verdict;
}

/** Whether a result fails the run: a failure that nobody expected, or a pass that nobody did. */
export function isUnexpected({ verdict, expectation }: CaseResult): boolean {
  return expectation === undefined ? isFailure(verdict) : expectation.outcome === 'xpass';
}

/** Each result counts once. */
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

/** JSON in which Infinity, -Infinity and NaN are strings of that name. */
export function writeJson(value: unknown, indent?: number): string {
  const write = (_key: string, v: unknown) =>
    typeof v === 'number' && !Number.isFinite(v) ? String(v) : v;
  return JSON.stringify(value, write, indent);
}

/** What `writeJson` wrote, with its numbers back. */
export function readJson(text: string): unknown {
  return JSON.parse(text, (_key, v) => (NOT_FINITE.includes(v) ? Number(v) : v));
}
