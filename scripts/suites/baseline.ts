/** The result of an earlier run of tfjs-core's tests, as a list of what is known to fail. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../lib/errors.js';

/** The names in a text that --json has written; what is wrong with it, where it has none. */
function failedIn(text: string): string[] {
  const value: { failures?: unknown } | null = JSON.parse(text);
  const failures = value?.failures;
  const names = Array.isArray(failures) ? failures.map((failure) => failure?.name) : [undefined];
  if (names.every((name) => typeof name === 'string')) return names;
  throw new Error('it has no failures, each with a name');
}

/**
 * What failed in an earlier run -> why it is expected to fail in this one.
 * @throws UsageError when the file cannot be read, or is not one that --json has written
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
