/** Checks of answers, weights and counts. Each returns a description of the fault, or null. */
import { difference } from '../../scripts/report/statistics.js';
import type { Holdings, Values } from './product.js';

/**
 * Error, relative to the largest value, up to which an answer is right. Answers of deep nets differ
 * by some 1e-6 from one engine to another.
 */
export const tolerance = 2e-5;

/** Returns the largest difference relative to the largest value; Infinity if it is undefined. */
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

/** Compares value by value: -0 differs from 0, and NaN equals NaN. */
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

/** Describes the counts that have changed. */
export function holdingsFault(now: Holdings, before: Holdings): string | null {
  const changes = Object.keys({ ...before, ...now }).flatMap((what) => {
    const [count, usual] = [now[what] ?? 0, before[what] ?? 0];
    return count === usual ? [] : [`${count} ${what}, not ${usual}`];
  });
  return changes.length === 0 ? null : changes.join('; ');
}

/** Returns the fallbacks since `before`, except the usual fallbacks of this device. */
export function stepsTaken(now: Holdings, before: Holdings, usual: Holdings): string[] {
  return Object.keys(now).filter((step) => now[step] > (before[step] ?? 0) && !(step in usual));
}

/**
 * Compares the number of losses that the backend noticed with the number of provoked losses.
 * @param givenUp number of contexts that the backend may have given up by its own decision
 */
export function lossesFault(noticed: number, provoked: number, givenUp: number): string | null {
  if (noticed >= provoked && noticed <= provoked + givenUp) return null;
  return `the backend has lost ${noticed} contexts, and ${provoked} were taken away`;
}
