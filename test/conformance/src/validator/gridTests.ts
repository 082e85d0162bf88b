/** Tests of a grid, one per case: a backend beside stock backends, all judged by the oracle. */
import { expect } from 'chai';
import {
  type Case,
  caseId,
  isFailure,
  type Prepare,
  validate,
} from '../../../../src/validator/index.js';
import { knownFault } from '../../../support/knownFaults.js';

/**
 * Defines a test for each case.
 * @param reference names of stock backends, including 'cpu'
 * @param prepare prepares the backend's computations
 */
export function testCases(
  backend: string,
  reference: readonly string[],
  cases: Iterable<Case>,
  prepare?: Prepare,
): void {
  for (const c of cases) {
    it(caseId(c), async () => {
      const [result] = await validate({
        ...{ backend, reference: [...reference], cases: [c], prepare },
      });
      const id = caseId(c);
      if (knownFault(backend, id) === null) {
        expect(isFailure(result.verdict), result.message).to.equal(false);
        expect(result.verdict, result.message).to.not.equal('skipped');
      }
      // Checks the oracle against stock cpu, which shares nothing with it.
      if (knownFault('cpu', id) === null) {
        expect(result.stockError.cpu, result.message).to.be.at.most(1);
      }
    });
  }
}

/** Splits the cases into this many parts, so that each browser can take one. */
export function inParts<T>(all: Iterable<T>, parts: number): T[][] {
  const list = [...all];
  const size = Math.ceil(list.length / parts);
  return Array.from({ length: parts }, (_, i) => list.slice(i * size, (i + 1) * size));
}
