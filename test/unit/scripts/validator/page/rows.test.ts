/** Tests of the rows that the validator's page folds. */
import { expect } from 'chai';
import { type Filter, foldable, rowsOf } from '../../../../../scripts/validator/page/rows.js';
import { type CaseResult, type Verdict, withReason } from '../../../../../src/validator/index.js';

const result = (id: string, verdict: Verdict = 'pass') =>
  ({ id, variant: null, verdict, error: 0.5, stockError: {}, message: '' }) as CaseResult;

const passing = Array.from({ length: 6 }, (_, i) => result(`pass ${i}`));
const all: Filter = { verdict: 'all', family: '', text: '' };

const idsOf = (cases: readonly CaseResult[], filter = all) =>
  foldable(rowsOf([cases]), filter).map(({ results }) => results[0]?.id);

describe("the validator's page: rows that are folded", () => {
  it('are those that pass, where they are many', () => {
    const wrong = [result('a', 'backendWrong'), result('b', 'stockWrong'), result('c', 'skipped')];
    const known = withReason(result('d'), 'a fault that is gone');
    const ids = passing.map(({ id }) => id);
    expect(idsOf([...wrong, known, ...passing])).to.have.members(ids);
    expect(idsOf([...wrong, ...passing.slice(1)])).to.deep.equal([]);
  });

  it('are none where a filter asks for them', () => {
    expect(idsOf(passing, { ...all, verdict: 'pass' })).to.deep.equal([]);
    expect(idsOf(passing, { ...all, text: 'pass 3' })).to.deep.equal([]);
  });

  it('are those that pass in both runs', () => {
    const other = passing.map(({ id }, i) => result(id, i === 0 ? 'backendWrong' : 'pass'));
    expect(foldable(rowsOf([passing, other]), all)).to.deep.equal([]);
    expect(foldable(rowsOf([passing, passing]), all)).to.have.length(6);
  });
});
