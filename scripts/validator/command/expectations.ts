/** The xfail list: cases that are known to fail, each with its reason. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../../lib/errors.js';
import { idMatcher } from './choice.js';

/** Returns the reason why the case of an id is expected to fail, or null. */
export type Expectations = (id: string) => string | null;

/**
 * Reads lines `id or wildcard  # reason`; empty lines and lines with only a comment are allowed.
 * @throws UsageError if the file cannot be read or an entry has no reason
 */
export function readExpectations(file: string): Expectations {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--xfail is "${file}", which cannot be read: ${(error as Error).message}`);
  }
  const entries = text.split('\n').flatMap((line, i) => {
    const [pattern, ...comment] = line.split('#');
    const reason = comment.join('#').trim();
    if (pattern.trim() === '') return [];
    if (reason !== '') return [{ matches: idMatcher(pattern.trim()), reason }];
    throw new UsageError(
      `--xfail is "${file}", whose line ${i + 1} gives no reason; write ${pattern.trim()}  # reason`,
    );
  });
  return (id) => entries.find(({ matches }) => matches(id))?.reason ?? null;
}

export const noExpectations: Expectations = () => null;
