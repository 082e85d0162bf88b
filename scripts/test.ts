/** `npm test`: the checks, then every test, then one line with the sum. */
import { readOptions } from './lib/args.js';
import { type Count, launchers, runners, type TestRun } from './lib/runners.js';

type RunnerName = keyof typeof runners;

const names = Object.keys(runners) as RunnerName[];

const options = {
  grep: { value: 'TEXT', help: 'only tests whose full name contains this; leaves out the checks' },
  only: { value: 'RUNNER', help: 'only this runner', choices: names },
  browser: {
    value: 'NAME',
    help: "rasteriser, or browser, of the browser's tests",
    choices: Object.keys(launchers),
    fallback: 'swiftshader',
  },
} as const;

/** A runner that fails as a whole counts as one failure, and the others still run. */
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

export async function main(argv: string[]): Promise<number> {
  const values = readOptions('npm test -- [options]', options, argv);
  if (values === null) return 0;
  const { grep, only } = values;
  const run = { grep, browser: values.browser as TestRun['browser'] };
  const asked = names.filter((name) =>
    only ? name === only : grep === undefined || name !== 'lint',
  );

  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const empty: RunnerName[] = [];
  for (const name of asked) {
    console.log(`\n== ${name} ==`);
    const count = await runOne(name, run);
    console.log(`${name}: ${line(count)}`);
    if (count.passed + count.failed === 0) empty.push(name);
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
  }

  // A name that is asked for may belong to one runner alone; without one, every runner has tests.
  const isEmpty = grep === undefined ? empty.length > 0 : empty.length === asked.length;
  if (isEmpty) console.log(`\nno test ran in: ${empty.join(', ')}`);
  console.log(`\n${line(total)}`);
  return total.failed > 0 || isEmpty ? 1 : 0;
}
