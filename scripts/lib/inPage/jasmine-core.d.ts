/** Types for the part of Jasmine that runs tfjs-core's own tests; the package ships no types. */
declare module 'jasmine-core/lib/jasmine-core/jasmine.js' {
  interface Spec {
    getFullName(): string;
  }
  interface SpecResult {
    fullName: string;
    status: 'passed' | 'failed' | 'pending' | 'excluded';
    failedExpectations: { message: string }[];
  }
  interface Reporter {
    specDone(result: SpecResult): void;
    suiteDone(result: SpecResult): void;
    jasmineDone(): void;
  }
  interface Env {
    configure(options: { random: boolean; specFilter: (spec: Spec) => boolean }): void;
    addReporter(reporter: Reporter): void;
    execute(): void;
  }
  interface Jasmine {
    DEFAULT_TIMEOUT_INTERVAL: number;
    getEnv(options: { suppressLoadErrors: boolean }): Env;
  }
  const jasmineRequire: {
    core(jasmineRequire: object): Jasmine;
    /** Returns the globals that test files expect: describe, it, expect, and so on. */
    interface(jasmine: Jasmine, env: Env): object;
  };
  export default jasmineRequire;
  export type { Env, SpecResult };
}
