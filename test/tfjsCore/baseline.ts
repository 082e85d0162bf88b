/** Reader of an earlier run's result of tfjs-core's tests, as the list of known failures. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../../scripts/lib/errors.js';

/**
 * Returns the names of the failures in a text that --json has written.
 * @throws Error if the text has no failures with names
 */
function failedIn(text: string): string[] {
  const value: { failures?: unknown } | null = JSON.parse(text);
  const failures = value?.failures;
  const names = Array.isArray(failures) ? failures.map((failure) => failure?.name) : [undefined];
  if (names.every((name) => typeof name === 'string')) return names;
  throw new Error('it has no failures, each with a name');
}

/**
 * Returns the names of an earlier run's failures, each with the reason to expect it in this run.
 * @throws UsageError if the file cannot be read, or was not written by --json
 */
export function readBaseline(file: string): Map<string, string> {
  try {
    const names = failedIn(readFileSync(file, 'utf8'));
    return new Map(names.map((name) => [name, `failed in ${file}`]));
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new UsageError(
      `--baseline is "${file}", which is not a file that --json has written: ${reason}`,
    );
  }
}
