/**
 * Types for the part of Karma's public API that the test command uses; the package ships no types.
 */
declare module 'karma' {
  export interface TestResults {
    success: number;
    failed: number;
    skipped: number;
    /** True if the tests' script failed to load, or threw outside a test. */
    error: boolean;
    disconnected: boolean;
    exitCode: number;
  }
  interface RunBrowser {
    /** `total` counts all tests that the browser knows, including tests that other browsers run. */
    readonly lastResult: { readonly total: number };
  }
  interface Config {
    readonly configFile: string;
  }
  export class Server {
    constructor(config: Config, onExit: (exitCode: number) => void);
    on(
      event: 'run_complete',
      listener: (
        browsers: { map<T>(f: (browser: RunBrowser) => T): T[] },
        results: TestResults,
      ) => void,
    ): this;
    start(): Promise<void>;
  }
  export const config: {
    parseConfig(
      path: string,
      options: object,
      parseOptions: { promiseConfig: true; throwErrors: true },
    ): Promise<Config>;
  };
}
