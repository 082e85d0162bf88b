/** Judges the answers of a chain's stages. */
import { compare, describeComparison, type Numbers } from '../../src/validator/index.js';
import type { Answer } from './attempt.js';
import type { Stage } from './chain.js';
import { doubtsOf } from './halfFloats.js';
import { Wrong } from './wrong.js';

/**
 * Compares each answer that was read with the true result for the answer before it.
 * @param answers of each stage; null if it was not read
 * @param where beginning of the message about a wrong answer
 * @throws Wrong
 */
export function checkStages(
  stages: readonly Pick<Stage, 'truth'>[],
  answers: readonly (Answer | null)[],
  where: string,
): void {
  let before: Numbers | null = null;
  let doubts: Uint8Array | undefined;
  for (const [i, stage] of stages.entries()) {
    const truth = stage.truth(before, doubts);
    const actual = answers[i];
    const { values }: Numbers = actual ?? { ...truth, values: Float32Array.from(truth.values) };
    if (actual !== null) {
      // The values first, whatever the type.
      const comparison = compare(actual, { ...truth, dtype: actual.dtype });
      const here = stages.length > 1 ? `${where}stage ${i} of ${stages.length - 1}: ` : where;
      if (!comparison.ok) throw new Wrong(here + describeComparison(comparison));
      if (actual.dtype !== 'float32') throw new Wrong(`${here}type ${actual.dtype}`);
    }
    doubts = doubtsOf(truth, values);
    before = { shape: truth.shape, values };
  }
}
