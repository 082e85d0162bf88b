/** Tests that devices compile the GLSL of every row of the tables of element-wise kernels. */
import { expect } from 'chai';
import {
  type BinaryOp,
  type BinaryRow,
  binaryRows,
} from '../../../../kernels/elementwise/binary.js';
import { type UnaryOp, type UnaryRow, unaryRows } from '../../../../kernels/elementwise/unary.js';
import { TINY } from '../../../../src/validator/index.js';
import { conversionsIn } from '../../../support/conversionsIn.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { type Bounded, expectWithin } from '../../../support/rounding.js';
import { attributesFor, runBinary, runUnary } from '../../../support/rowsInTiles.js';
import { tf } from '../../../support/setup.js';

const shape: Shape4 = [1, 4, 8, 4];

/** Chains in which each function gets numbers that it takes, some of them next to one another's inverse. */
const unaryChains: readonly (readonly UnaryOp[])[] = [
  ['sin', 'acos', 'atan', 'tan', 'tanh', 'asin', 'sinh', 'asinh', 'cos', 'atanh'],
  [
    'abs',
    'log1p',
    'exp',
    'log',
    'expm1',
    'softplus',
    'cosh',
    'acosh',
    'erf',
    'sigmoid',
    'sqrt',
    'rsqrt',
    'reciprocal',
  ],
  ['neg', 'elu', 'selu', 'leakyrelu', 'square', 'relu6', 'relu', 'clip', 'ceil', 'step'],
  ['floor', 'round', 'sign', 'isNaN', 'logicalNot', 'isFinite', 'isInf'],
];

const binaryChains: readonly (readonly BinaryOp[])[] = [
  [
    'add',
    'sub',
    'multiply',
    'divide',
    'prelu',
    'squaredDifference',
    'maximum',
    'pow',
    'atan2',
    'mod',
  ],
  ['minimum', 'floorDiv', 'greater', 'greaterEqual', 'logicalAnd', 'less', 'logicalOr'],
  ['lessEqual', 'equal', 'notEqual'],
];

/** Relative error of a function, or to 1 of erf: as many units as its operations may lose on any device. */
const RELATIVE = 64 * 2 ** -24;

/** Returns f of a value that may be off by its bound, where f is monotone that near. */
function applied(
  { value, bound }: Bounded,
  { result }: UnaryRow | BinaryRow,
  f: (x: number) => number,
): Bounded {
  const y = f(value);
  const change = Math.max(...[value - bound, value + bound].map((x) => Math.abs(f(x) - y)));
  const own = result === undefined ? RELATIVE * Math.max(1, Math.abs(y)) + TINY : 0;
  return { value: y, bound: change + own };
}

async function expectChain(
  first: Float32Array,
  run: (x: tf.Tensor4D) => tf.Tensor,
  truth: (x: Bounded) => Bounded,
): Promise<void> {
  await leavingNothing(() => {
    const x = inPlanes(shape);
    let y: tf.Tensor = x;
    const conversions = conversionsIn(() => {
      y = tf.tidy(() => run(x));
    });
    expect(conversions).to.deep.equal([]);
    const wanted = Array.from(first, (value) => truth({ value, bound: 0 }));
    expectWithin(y.dataSync(), wanted);
    tf.dispose([x, y]);
  });
}

describe('kernels of the element-wise tables, chained in one program', () => {
  for (const chain of unaryChains) {
    it(`compute ${chain.join(', ')}`, () =>
      expectChain(
        wholeNumbers(shape),
        (x) => chain.reduce<tf.Tensor>((y, op) => runUnary(op, y), tf.mul(x, 0.125)),
        (x) =>
          chain.reduce<Bounded>(
            (y, op) => {
              const row: UnaryRow = unaryRows[op];
              return applied(y, row, (v) => row.reference(v, ...attributesFor(op)));
            },
            { ...x, value: x.value / 8 },
          ),
      ));
  }

  for (const chain of binaryChains) {
    it(`compute ${chain.join(', ')}`, () =>
      expectChain(
        wholeNumbers(shape),
        (x) => chain.reduce<tf.Tensor>((y, op) => runBinary(op, y, tf.scalar(1.25)), x),
        (x) =>
          chain.reduce<Bounded>(
            (y, op) => applied(y, binaryRows[op], (v) => binaryRows[op].reference(v, 1.25)),
            x,
          ),
      ));
  }

  it('are all in a chain', () => {
    const tested = [...unaryChains, ...binaryChains].flat();
    const rows = [...Object.keys(unaryRows), ...Object.keys(binaryRows)];
    expect([...tested].sort()).to.deep.equal(rows.sort());
  });
});
