/** What is wrong with answers, weights and counts, in words; null where nothing is. */
import { difference } from '../reporting/statistics.js';
import type { Holdings, Values } from './product.js';

/** Of the largest value. Deep nets differ by some 1e-6 from one engine to another. */
export const tolerance = 2e-5;

/** The largest difference relative to the largest value; Infinity where it has no measure. */
export function errorOf(answers: readonly Values[], reference: readonly Values[]): number {
  if (answers.length !== reference.length) return Infinity;
  const errors = answers.map((values, i) =>
    values.length === reference[i].length
      ? (difference(values, reference[i]).maxRel ?? Infinity)
      : Infinity,
  );
  return Math.max(...errors);
}

export function answerFault(error: number): string | null {
  return error <= tolerance ? null : `${error.toExponential(1)} off the reference`;
}

/** Compares value by value: -0 is not 0, NaN is NaN. */
export function bitsFault(now: readonly Values[], before: readonly Values[]): string | null {
  if (now.length !== before.length) return `${now.length} arrays, not ${before.length}`;
  for (const [i, values] of now.entries()) {
    const expected = before[i];
    if (values.length !== expected.length) {
      return `array ${i} has ${values.length} values, not ${expected.length}`;
    }
    for (let k = 0; k < values.length; k++) {
      if (Object.is(values[k], expected[k])) continue;
      return `array ${i} has ${values[k]} at ${k}, not ${expected[k]}`;
    }
  }
  return null;
}

/** Counts that are not what they were. */
export function holdingsFault(now: Holdings, before: Holdings): string | null {
  const changes = Object.keys({ ...before, ...now }).flatMap((what) => {
    const [count, usual] = [now[what] ?? 0, before[what] ?? 0];
    return count === usual ? [] : [`${count} ${what}, not ${usual}`];
  });
  return changes.length === 0 ? null : changes.join('; ');
}

/** Steps that were taken since `before`, but for those that this device takes at any time. */
export function stepsTaken(now: Holdings, before: Holdings, usual: Holdings): string[] {
  return Object.keys(now).filter((step) => now[step] > (before[step] ?? 0) && !(step in usual));
}

/** @param givenUp contexts that the backend may have lost by its own decision */
export function lossesFault(noticed: number, provoked: number, givenUp: number): string | null {
  if (noticed >= provoked && noticed <= provoked + givenUp) return null;
  return `the backend has lost ${noticed} contexts, and ${provoked} were taken away`;
}
