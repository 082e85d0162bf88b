/** Tests of every row of the element-wise tables by itself, on numbers that are hard to compute with. */
import {
  type BinaryOp,
  type BinaryRow,
  binaryRows,
} from '../../../../../kernels/elementwise/binary.js';
import {
  type UnaryOp,
  type UnaryRow,
  unaryRows,
} from '../../../../../kernels/elementwise/unary.js';
import { TINY } from '../../../../../src/validator/index.js';
import { leavingNothing, type Shape4 } from '../../../../support/residencySupport.js';
import { type Bounded, expectWithin } from '../../../../support/rounding.js';
import { attributesFor, runBinary, runUnary } from '../../../../support/rowsInTiles.js';
import { tf } from '../../../../support/setup.js';

const shape: Shape4 = [1, 4, 8, 4];
const SIZE = 128;
const special = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  -2.5,
  1e-5,
  -1e-5,
  1e-20,
  89,
  -87,
  500,
];
const numbers = Float32Array.from({ length: SIZE }, (_, i) => special[i] ?? (i - 72) / 7.3);
const others = Float32Array.from(
  { length: SIZE },
  (_, i) => [2, -1.5, 3, 0.5, -2, 7][(i + (i >> 4)) % 6],
);

/** Relative error of a function, or to 1 of erf, sin and cos: as many units as its operations may lose. */
const RELATIVE = 64 * 2 ** -24;

/** Ops whose error is relative to 1: the formula of erf, and angles near a multiple of pi. */
const absolute: readonly string[] = ['erf', 'sin', 'cos'];

/** Returns the values as the result of a convolution that changes none of them. */
function inTiles(values: Float32Array): tf.Tensor4D {
  const x = tf.tensor4d(values, shape);
  return tf.depthwiseConv2d(x, tf.ones([1, 1, 4, 1]) as tf.Tensor4D, 1, 'valid');
}

/** @param slope error of a tangent for each unit of its angle, or of a power for its exponent */
function bounded(op: string, value: number, slope = 1): Bounded {
  const size = Math.max(Math.abs(value), absolute.includes(op) ? 1 : 0);
  const bound = Number.isFinite(Math.fround(value)) ? slope * RELATIVE * size + TINY : 0;
  return { value: Math.fround(value), bound };
}

describe('each kernel of the element-wise tables', () => {
  for (const op of Object.keys(unaryRows) as UnaryOp[]) {
    it(`computes ${op} of special numbers`, () =>
      leavingNothing(() => {
        const { reference, takes }: UnaryRow = unaryRows[op];
        const values = takes === 'bool' ? numbers.map((v) => Number(v > 0)) : numbers;
        const found = tf.tidy(() => runUnary(op, inTiles(values)).dataSync());
        const truth = Array.from(values, (v) =>
          bounded(op, reference(v, ...attributesFor(op)), op === 'tan' ? 1 + v * v : 1),
        );
        expectWithin(found, truth, `of ${values.join()}`);
      }));
  }

  for (const op of Object.keys(binaryRows) as BinaryOp[]) {
    it(`computes ${op} of special numbers`, () =>
      leavingNothing(() => {
        const { reference, takes, result }: BinaryRow = binaryRows[op];
        const [a, b] = [numbers, others].map((values) =>
          takes === 'bool' ? values.map((v) => Number(v > 0)) : values,
        );
        const found = tf.tidy(() => runBinary(op, inTiles(a), inTiles(b)).dataSync());
        const truth = Array.from(a, (v, i) => {
          const value = reference(v, b[i]);
          // The values are read as int32, in which a number that is not finite is 0.
          if (result === 'int32' && !Number.isFinite(value)) return { value: 0, bound: 0 };
          return bounded(op, value, op === 'pow' ? 1 + Math.abs(b[i]) : 1);
        });
        expectWithin(found, truth, `of ${a.join()}`);
      }));
  }
});
