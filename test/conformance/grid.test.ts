import { expect } from 'chai';
import {
  type ConvCase,
  caseId,
  caseInputs,
  compare,
  coreGrid,
  describeComparison,
  type Numbers,
  reference,
  runCase,
} from '../../src/validator/index.js';
import { ours } from './setup.js';

const stockBackends = ['webgl', 'cpu'] as const;
type StockBackend = (typeof stockBackends)[number];

/** What stock answers, kept so that it computes each case once. */
const stockAnswers = new Map<string, Numbers>();

async function stockAnswer(c: ConvCase, backend: StockBackend): Promise<Numbers> {
  const key = `${backend} ${caseId(c)}`;
  const known = stockAnswers.get(key) ?? (await runCase(c, backend));
  stockAnswers.set(key, known);
  return known;
}

/** Where stock is within the oracle's bound, ours is within the sum of both errors of stock. */
async function agreesWithStock(c: ConvCase, y: Numbers, backend: StockBackend): Promise<void> {
  const truth = reference(c, caseInputs(c));
  const stock = await stockAnswer(c, backend);
  if (!compare(stock, truth).ok) return;
  const result = compare(y, {
    shape: stock.shape,
    values: Float64Array.from(stock.values),
    bounds: truth.bounds.map((bound) => 2 * bound),
  });
  expect(result.ok, `against stock ${backend}: ${describeComparison(result)}`).to.equal(true);
}

for (const backend of ours) {
  describe(`${backend} on the core grid`, () => {
    for (const c of coreGrid()) {
      it(caseId(c), async () => {
        const inputs = caseInputs(c);
        const y = await runCase(c, backend, inputs);
        const result = compare(y, reference(c, inputs));
        expect(result.ok, describeComparison(result)).to.equal(true);
        for (const stock of stockBackends) await agreesWithStock(c, y, stock);
      });
    }
  });
}

describe('the oracle on the core grid', () => {
  for (const backend of stockBackends) {
    it(`agrees with stock ${backend}`, async () => {
      const apart: string[] = [];
      for (const c of coreGrid()) {
        const result = compare(await stockAnswer(c, backend), reference(c, caseInputs(c)));
        if (!result.ok) apart.push(`${caseId(c)}: ${describeComparison(result)}`);
      }
      expect(apart).to.deep.equal([]);
    });
  }
});
