/**
 * Result of `npm run test:tfjs-core --json`, which other tools read: fields may be added but not
 * renamed.
 */
export interface SuiteResult {
  backend: string;
  /** Text that selected the specs. */
  grep: string;
  userAgent: string;
  passed: number;
  /** Number of specs that the suite itself leaves out. */
  skipped: number;
  failures: SpecFailure[];
}

export interface SpecFailure {
  /** Full name of the spec. */
  name: string;
  messages: string[];
}
