/** Tests of the plans by which sums of products are products of matrices. */
import { expect } from 'chai';
import { einsumPlan } from '../../../../kernels/shape/einsum.js';

describe('the plan of an einsum', () => {
  it('is one product where a weight projects all tokens', () => {
    const plan = einsumPlan('abc,cde->abde', [
      [2, 5, 6],
      [6, 3, 4],
    ]);
    const left = { operand: 0, sums: [], perm: null, shape: [10, 6], isTransposed: false };
    const right = { operand: 1, sums: [], perm: null, shape: [6, 12], isTransposed: false };
    expect(plan).to.deep.equal({ left, right, shape: [2, 5, 3, 4], perm: null });
  });

  it('is a batch of products whose factors change places, for the scores of attention', () => {
    const plan = einsumPlan('aecd,abcd->acbe', [
      [2, 5, 3, 4],
      [2, 7, 3, 4],
    ]);
    const left = {
      operand: 1,
      sums: [],
      perm: [0, 2, 1, 3],
      shape: [6, 7, 4],
      isTransposed: false,
    };
    const right = {
      operand: 0,
      sums: [],
      perm: [0, 2, 3, 1],
      shape: [6, 4, 5],
      isTransposed: false,
    };
    expect(plan).to.deep.equal({ left, right, shape: [2, 3, 7, 5], perm: null });
  });

  it('puts the result in order where no order of the factors does', () => {
    const plan = einsumPlan('acbe,aecd->abcd', [
      [2, 3, 7, 5],
      [2, 5, 3, 4],
    ]);
    expect(plan?.left).to.deep.include({ operand: 0, sums: [], perm: null, shape: [6, 7, 5] });
    expect(plan?.right).to.deep.include({
      operand: 1,
      sums: [],
      perm: [0, 2, 1, 3],
      shape: [6, 5, 4],
    });
    expect(plan).to.deep.include({ shape: [2, 3, 7, 4], perm: [0, 2, 1, 3] });
  });

  it('transposes a matrix by its flag where that is all', () => {
    const plan = einsumPlan('ki,jk->ij', [
      [3, 4],
      [5, 3],
    ]);
    expect(plan?.left).to.deep.equal({
      operand: 0,
      sums: [],
      perm: null,
      shape: [3, 4],
      isTransposed: true,
    });
    expect(plan?.right).to.deep.equal({
      operand: 1,
      sums: [],
      perm: null,
      shape: [5, 3],
      isTransposed: true,
    });
  });

  it('sums first over axes that only one operand has', () => {
    const plan = einsumPlan('abi,cbj->bc', [
      [2, 3, 4],
      [5, 3, 6],
    ]);
    expect(plan?.left).to.deep.include({ operand: 0, sums: [0, 2], perm: null, shape: [3, 1, 1] });
    expect(plan?.right).to.deep.include({
      operand: 1,
      sums: [2],
      perm: [1, 0],
      shape: [3, 1, 5],
      isTransposed: false,
    });
    expect(plan).to.deep.include({ shape: [3, 5], perm: null });
  });

  it('is null for what is no product of matrices, and for arguments that are wrong', () => {
    const shapes = { ij: [2, 3], jk: [3, 4] };
    const two = (equation: string, ...given: number[][]) => einsumPlan(equation, given);
    expect(einsumPlan('ij->ji', [shapes.ij]), 'one operand').to.equal(null);
    expect(two('ij,jk->ijk', shapes.ij, shapes.jk), 'nothing is summed').to.equal(null);
    expect(two('ii,ij->ij', [2, 2], [2, 3]), 'a diagonal').to.equal(null);
    expect(two('ij,jk->ikk', shapes.ij, shapes.jk), 'a letter twice').to.equal(null);
    expect(two('ij,jk->iz', shapes.ij, shapes.jk), 'an unknown letter').to.equal(null);
    expect(two('ij,jk', shapes.ij, shapes.jk), 'no arrow').to.equal(null);
    expect(two('ij,jk->ik', shapes.ij, [4, 4]), 'other sizes').to.equal(null);
    expect(two('ij,jk->ik', [2, 3, 1], shapes.jk), 'another rank').to.equal(null);
    expect(two('ij,jk->ik', [2, 0], [0, 4]), 'nothing to sum').to.equal(null);
  });
});
