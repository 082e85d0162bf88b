/** Runs of one variant on many cases: every case that it accepts must be right. */
import { expect } from 'chai';
import { forceVariant, VariantRefusal } from '../../../../src/index.js';
import {
  type ConvCase,
  caseId,
  caseInputs,
  compare,
  describeComparison,
  reference,
  runCase,
} from '../../../../src/validator/index.js';

export const backend = 'tiled-webgl';

/** Counts the cases that the variant accepts, and checks that each of them is right. */
export async function casesTaken(name: string, cases: Iterable<ConvCase>): Promise<number> {
  forceVariant(name, backend);
  let taken = 0;
  for (const c of cases) {
    const inputs = caseInputs(c);
    try {
      const y = await runCase(c, backend, inputs);
      const result = compare(y, reference(c, inputs));
      expect(result.ok, `${caseId(c)}: ${describeComparison(result)}`).to.equal(true);
      taken++;
    } catch (error) {
      if (!(error instanceof VariantRefusal)) throw error;
    }
  }
  return taken;
}
