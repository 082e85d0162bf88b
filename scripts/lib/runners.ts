/** Test runners: mocha in Node for the unit tests, Karma in a browser for conformance. */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import karma, { type TestResults } from 'karma';
import Mocha from 'mocha';
import { runChecks } from './checks.js';
import { patienceMs } from './patience.js';
import { root } from './root.js';

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** Launcher in karma.conf.js for each browser. */
export const launchers = {
  swiftshader: 'ChromeSwiftShader',
  llvmpipe: 'ChromeLlvmpipe',
  firefox: 'FirefoxSoftware',
} as const;

export interface TestRun {
  /** True to run the tests of test/long instead of the tests of `npm test`. */
  long: boolean;
  /** Text that the full name of a test must contain for the test to run. */
  grep?: string;
  browser: keyof typeof launchers;
}

async function runUnit({ grep, long }: TestRun): Promise<Count> {
  const folder = join(root, 'dist', 'test', ...(long ? ['long'] : []), 'unit');
  const mocha = new Mocha({ reporter: 'dot', timeout: patienceMs, forbidOnly: true, fgrep: grep });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.test.js')) mocha.addFile(join(folder, name));
  }
  await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures, skipped: pending });
    });
  });
}

/** Escapes text for use in a regular expression, because Karma's --grep accepts one. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * Number of browsers. Compiling programs keeps one core busy per browser; more than a few browsers
 * need too much memory.
 */
const browserCount = Math.min(availableParallelism(), 4);

async function runKarma({ grep, browser, long }: TestRun): Promise<Count> {
  const options = {
    long,
    browsers: new Array(browserCount).fill(launchers[browser]),
    // The caller counts the tests, and reports an empty run.
    failOnEmptyTestSuite: false,
    client: { args: ['--share', ...(grep === undefined ? [] : ['--grep', escaped(grep)])] },
  };
  const config = await karma.config.parseConfig(join(root, 'karma.conf.js'), options, {
    promiseConfig: true,
    throwErrors: true,
  });
  let results: TestResults | undefined;
  let known = 0;
  const exitCode = await new Promise<number>((resolve, reject) => {
    const server = new karma.Server(config, resolve);
    server.on('run_complete', (browsers, complete) => {
      results = complete;
      known = Math.max(0, ...browsers.map(({ lastResult }) => lastResult.total));
    });
    server.start().catch(reject);
  });
  const { success = 0, failed = 0, skipped = 0 } = results ?? {};
  const missing = known - success - failed - skipped;
  if (missing !== 0) console.log(`${missing} of ${known} tests did not run once`);
  // A script that does not load, or a browser that ends, fails the run even if no test failed.
  const isBroken = exitCode !== 0 || missing !== 0;
  return { passed: success, failed: isBroken && failed === 0 ? 1 : failed, skipped };
}

export const runners = {
  lint: async (): Promise<Count> => ({ ...(await runChecks()), skipped: 0 }),
  unit: runUnit,
  karma: runKarma,
};
