/**
 * `npm test`: runs the checks and the tests side by side, then prints one line with the totals.
 * `npm run test:all`: runs the tests that take too long for `npm test`.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readOptions } from './lib/args.js';
import { root } from './lib/root.js';
import { type Count, launchers, runners, type TestRun } from './lib/runners.js';

type RunnerName = keyof typeof runners;

const names = Object.keys(runners) as RunnerName[];

const options = {
  grep: { value: 'TEXT', help: 'only tests whose full name contains this; leaves out the checks' },
  long: { help: 'the tests of test/long, for which npm test has no time' },
  only: { value: 'RUNNER', help: 'only this runner', choices: names },
  browser: {
    value: 'NAME',
    help: "rasteriser, or browser, of the browser's tests",
    choices: Object.keys(launchers),
    fallback: 'swiftshader',
  },
} as const;

/** Runs a runner. If it fails as a whole, it counts as one failure and the others still run. */
async function runOne(name: RunnerName, run: TestRun): Promise<Count> {
  try {
    return await runners[name](run);
  } catch (error) {
    console.log((error as Error).stack);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function line({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Returns the count in the last line of this command's output, or null if there is none. */
function countIn(output: string): Count | null {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const found = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(last);
  if (found === null) return null;
  const [passed, failed, skipped] = found.slice(1).map((count) => Number(count ?? 0));
  return { passed, failed, skipped };
}

/**
 * Runs one runner in a separate process. The output of Karma, which takes longest, appears
 * immediately. The output of other runners appears when they have ended.
 */
function inProcess(name: RunnerName, argv: readonly string[]): Promise<Count> {
  // The unit tests make much garbage; a larger space for it takes a fifth of their time away.
  const args = ['--max-semi-space-size=64', join(root, 'scripts', 'run.mjs'), 'test', ...argv];
  args.push('--only', name);
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const isLive = name === 'karma';
  let output = '';
  let all = '';
  const show = (chunk: Buffer) => {
    if (isLive) process.stdout.write(chunk);
    else all += chunk;
  };
  child.stdout.on('data', (chunk) => {
    output += chunk;
    show(chunk);
  });
  child.stderr.on('data', show);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      if (!isLive) process.stdout.write(`\n${all}`);
      const count = countIn(output);
      // Status 1 without a failure means that no test ran, which the caller judges.
      if (count !== null && (status === 0 || count.failed > 0 || isEmpty(count))) {
        resolve(count);
        return;
      }
      console.log(`${name} ended with status ${status} and no failed test`);
      resolve({ passed: 0, skipped: 0, ...count, failed: 1 });
    });
  });
}

const isEmpty = ({ passed, failed }: Count) => passed + failed === 0;

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm test -- [options]', options, argv);
  if (values === null) return 0;
  const { grep, only } = values;
  const long = values.long !== undefined;
  const run = { grep, long, browser: values.browser as TestRun['browser'] };
  const isAsked = (name: RunnerName) =>
    only ? name === only : name !== 'lint' || (grep === undefined && !long);
  const asked = names.filter(isAsked);

  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const [alone] = asked;
  if (asked.length === 1) console.log(`\n== ${alone} ==`);
  const counts = await Promise.all(
    asked.map((name) => (asked.length === 1 ? runOne(name, run) : inProcess(name, argv))),
  );
  const empty = asked.filter((_, i) => isEmpty(counts[i]));
  console.log();
  for (const [i, name] of asked.entries()) {
    console.log(`${name}: ${line(counts[i])}`);
    for (const kind of ['passed', 'failed', 'skipped'] as const) total[kind] += counts[i][kind];
  }

  // With --grep, it is enough that one runner has tests; without it, every runner must have some.
  const lacksTests = grep === undefined ? empty.length > 0 : empty.length === asked.length;
  if (lacksTests) console.log(`\nno test ran in: ${empty.join(', ')}`);
  console.log(`\n${line(total)}`);
  return total.failed > 0 || lacksTests ? 1 : 0;
}
