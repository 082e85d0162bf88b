/** Tests of steps as data: operands in one order where the order makes no difference. */
import { expect } from 'chai';
import {
  type BinaryOp,
  type BinaryRow,
  binaryRows,
} from '../../../../../kernels/elementwise/binary.js';
import { binaryStep, withPosition } from '../../../../../kernels/webgl/programs/steps.js';

const ops = Object.keys(binaryRows) as BinaryOp[];
const commutes = (op: BinaryOp) => (binaryRows[op] as BinaryRow).commutes === true;

describe('steps of two operands', () => {
  it('commute as their references do', () => {
    const numbers = [-Infinity, -2, -0.5, -0, 0, 0.5, 1, 3, Infinity, NaN];
    for (const op of ops.filter(commutes)) {
      const { reference } = binaryRows[op];
      for (const a of numbers) {
        for (const b of numbers) {
          const isSame = Object.is(reference(a, b), reference(b, a));
          expect(isSame, `${op} of ${a} and ${b}`).to.equal(true);
        }
      }
    }
    expect(ops.filter(commutes)).to.include.members(['add', 'multiply', 'equal']);
    for (const op of ['sub', 'divide', 'pow', 'less', 'prelu'] as const) {
      expect(commutes(op), op).to.equal(false);
    }
  });

  it('have one order of operands if they commute, and both if not', () => {
    for (const op of ops) {
      const step = binaryStep(op, 'same', true);
      expect(step, op).to.deep.equal({ op, operand: 'same', swapped: !commutes(op) });
      expect(withPosition(binaryStep(op, 'same', false), 1), op).to.deep.equal(step);
      expect(withPosition(step, 0).swapped, op).to.equal(false);
    }
  });
});
