/** One test a case of the core grid: a backend beside the stock ones. */
import { expect } from 'chai';
import { type ConvCase, caseId, isFailure, validate } from '../../src/validator/index.js';

/** @param reference stock backends, with 'cpu' */
export function testCases(
  backend: string,
  reference: readonly string[],
  cases: Iterable<ConvCase>,
): void {
  for (const c of cases) {
    it(caseId(c), async () => {
      const [result] = await validate({ backend, reference: [...reference], cases: [c] });
      expect(isFailure(result.verdict), result.message).to.equal(false);
      expect(result.verdict, result.message).to.not.equal('skipped');
      // The oracle is held against stock cpu, which shares nothing with it.
      expect(result.stockError.cpu, result.message).to.be.at.most(1);
    });
  }
}

/** The cases in so many parts, of which browsers can take one each. */
export function inParts<T>(all: Iterable<T>, parts: number): T[][] {
  const list = [...all];
  const size = Math.ceil(list.length / parts);
  return Array.from({ length: parts }, (_, i) => list.slice(i * size, (i + 1) * size));
}
