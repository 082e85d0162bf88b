/** Tests of every row of the table of element-wise kernels of one tensor, on tiled-cpu. */
import { expect } from 'chai';
import { type UnaryOp, type UnaryRow, unaryRows } from '../../../kernels/elementwise/unary.js';
import { forceVariant } from '../../../src/index.js';
import { tf } from '../setup.js';
import { denseSample, unitsOff } from './samples.js';

/**
 * Bounds of the errors in units in the last place. Half a unit is what one rounding may be off. The
 * others are sums of a few roundings: measured on 3 million values and given a third more.
 */
const exact = 0.5;
const bounds: Readonly<Record<UnaryOp, number>> = {
  ...{ abs: exact, ceil: exact, clip: exact, floor: exact, leakyrelu: exact, neg: exact },
  ...{ reciprocal: exact, relu: exact, relu6: exact, round: exact, sign: exact, sqrt: exact },
  ...{ square: exact, step: exact },
  ...{ isFinite: exact, isInf: exact, isNaN: exact, logicalNot: exact },
  ...{ rsqrt: 2, exp: 1.5, expm1: 2.5, log: 1, log1p: 1.5, softplus: 2 },
  ...{ elu: 2.5, selu: 3, sigmoid: 3, tanh: 3.5 },
  // The formula of the reference has an error of its own.
  erf: exact,
  ...{ sin: 2.5, cos: 2.5, tan: exact, asin: 2, acos: 1.5, atan: 1.5 },
  ...{ sinh: 3, cosh: 2, asinh: 2.5, acosh: 3, atanh: 3 },
};

/** Error of the formula of tfjs, and two units in the last place of results up to 1. */
const ERF_ERROR = 1.5e-7 + 2 ** -23;

/** Values that float32 has exactly. */
const attributes: Readonly<Record<string, number>> = {
  clipValueMin: -1.5,
  clipValueMax: 2.25,
  alpha: 0.25,
};

const names = Object.keys(unaryRows) as UnaryOp[];

/** Tests all rows on a build of the microkernels. */
export function unaryTests(build: string): void {
  describe(`element-wise kernels of one tensor on tiled-cpu, ${build}`, () => {
    before(async () => {
      await tf.setBackend('tiled-cpu');
      forceVariant(build, 'tiled-cpu');
    });
    after(() => forceVariant(null, 'tiled-cpu'));

    for (const op of names) {
      const row: UnaryRow = unaryRows[op];
      it(`${op} is within ${bounds[op]} units in the last place of float64`, () => {
        const sample = row.takes === 'bool' ? Float32Array.of(0, 1, 1, 0, 1) : denseSample();
        const x = tf.tensor1d(sample, row.takes ?? 'float32');
        const y = tf.engine().runKernel(row.kernel, { x }, { ...attributes }) as tf.Tensor;
        expect(y.dtype).to.equal(row.result ?? 'float32');
        const given = (row.attributes ?? []).map((name) => attributes[name]);
        const found = y.dataSync();
        for (const [i, value] of sample.entries()) {
          const right = row.reference(value, ...given);
          const isNear = op === 'erf' && Math.abs(found[i] - right) <= ERF_ERROR;
          if (isNear || unitsOff(found[i], right) <= bounds[op]) continue;
          expect(found[i], `${op}(${value})`).to.equal(Math.fround(right));
        }
        tf.dispose([x, y]);
      });
    }

    for (const length of [0, 1, 2, 3, 4, 5, 15, 17, 63]) {
      it(`compute ${length} values as they compute many`, () => {
        for (const op of names) {
          const row: UnaryRow = unaryRows[op];
          const long = tf.tensor1d(
            Float32Array.from({ length: 70 }, (_, i) => (row.takes === 'bool' ? i & 1 : i / 9 - 3)),
            row.takes ?? 'float32',
          );
          const attrs = { ...attributes };
          const run = (x: tf.Tensor) =>
            tf.engine().runKernel(row.kernel, { x }, attrs) as tf.Tensor;
          const short = tf.slice(long, [0], [length]);
          const expected = run(long).dataSync().slice(0, length);
          expect(run(short).dataSync(), op).to.deep.equal(expected);
        }
      });
    }
  });
}
