import { expect } from 'chai';
import {
  type ConvCase,
  caseId,
  caseInputs,
  compare,
  describeComparison,
  reference,
  runCase,
} from '../../src/validator/index.js';

/** Expects that the backend computes a case as the oracle does, within the bound. */
export async function agrees(c: ConvCase, backend: string): Promise<void> {
  const inputs = caseInputs(c);
  const result = compare(await runCase(c, backend, inputs), reference(c, inputs));
  expect(result.ok, `${caseId(c)} on ${backend}: ${describeComparison(result)}`).to.equal(true);
}
