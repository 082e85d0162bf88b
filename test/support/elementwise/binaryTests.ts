/** Tests of every row of the table of element-wise kernels of two tensors, on tiled-cpu. */
import type { DataType } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { type BinaryOp, type BinaryRow, binaryRows } from '../../../kernels/elementwise/binary.js';
import { forceVariant } from '../../../src/index.js';
import { tf } from '../setup.js';
import { specialValues, unitsOff } from './samples.js';

/** Bounds of errors in units in the last place, where they are not those of one rounding. */
const bounds: Partial<Record<BinaryOp, number>> = { atan2: 2, pow: 1, squaredDifference: 2.5 };

const names = Object.keys(binaryRows) as BinaryOp[];
const rowOf = (op: BinaryOp): BinaryRow => binaryRows[op];

/** Pairs of shapes whose values are used in every way: whole, by rows, by columns, in the middle. */
const shapes: readonly (readonly [number[], number[]])[] = [
  [[], []],
  [[1], [1, 1]],
  [[7], []],
  [[], [3, 5]],
  [
    [3, 5],
    [3, 5],
  ],
  [[2, 3, 5], [5]],
  [[5], [2, 3, 5]],
  [
    [2, 3, 5],
    [3, 1],
  ],
  [
    [2, 3, 1],
    [2, 3, 5],
  ],
  [
    [2, 1, 3, 2],
    [2, 4, 3, 2],
  ],
  [
    [1, 4, 1, 5],
    [2, 4, 3, 5],
  ],
  [
    [6, 1, 4],
    [1, 5, 1],
  ],
  [
    [3, 1, 40],
    [1, 4, 40],
  ],
  [
    [3, 1],
    [1, 40],
  ],
  [
    [33, 1, 1],
    [1, 9, 3],
  ],
  [[700, 3], [3]],
  [
    [700, 3],
    [700, 1],
  ],
  [
    [2, 1, 2, 1, 2, 1],
    [1, 3, 1, 3, 1, 3],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [
    [2, 0, 3],
    [2, 1, 1],
  ],
];

/** Returns values of a tensor that a row takes; the numbers are whole for int32. */
function valuesFor(dtype: DataType, shape: readonly number[], seed: number): tf.Tensor {
  const values = Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => {
    const whole = ((i * 7919 + seed * 104729) % 21) - 10;
    if (dtype === 'bool') return Number(whole > 0);
    return dtype === 'int32' ? whole : whole / 2 + ((i * 31) % 7) / 16;
  });
  return tf.tensor(values, [...shape], dtype as 'float32');
}

/** Returns the result of a row by its reference, on whatever broadcasts. */
function expectedOf(op: BinaryOp, a: tf.Tensor, b: tf.Tensor): number[] {
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const strides = (own: readonly number[]) => {
    const aligned = [...new Array(shape.length - own.length).fill(1), ...own];
    return aligned.map((size, axis) =>
      size === 1 ? 0 : aligned.slice(axis + 1).reduce((x, y) => x * y, 1),
    );
  };
  const [aSteps, bSteps] = [strides(a.shape), strides(b.shape)];
  const [aValues, bValues] = [a.dataSync(), b.dataSync()];
  return Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => {
    let [left, aAt, bAt] = [i, 0, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = left % shape[axis];
      left = (left - at) / shape[axis];
      aAt += at * aSteps[axis];
      bAt += at * bSteps[axis];
    }
    return rowOf(op).reference(aValues[aAt], bValues[bAt]);
  });
}

function expectRow(op: BinaryOp, a: tf.Tensor, b: tf.Tensor): void {
  const { kernel, inputs = ['a', 'b'], result } = rowOf(op);
  const y = tf.engine().runKernel(kernel, { [inputs[0]]: a, [inputs[1]]: b }) as tf.Tensor;
  expect(y.shape).to.deep.equal(tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape));
  const dtype = result ?? a.dtype;
  expect(y.dtype).to.equal(dtype);
  const expected = expectedOf(op, a, b);
  for (const [i, found] of y.dataSync().entries()) {
    // An int32 is what JavaScript makes of a number: modulo 2^32, and 0 for NaN.
    const right = dtype === 'int32' ? expected[i] | 0 : expected[i];
    if (unitsOff(found, right) <= (bounds[op] ?? 0.5)) continue;
    if (dtype === 'int32' && found === right) continue;
    expect(found, `${op}, value ${i} of [${a.shape}] and [${b.shape}]`).to.equal(right);
  }
  y.dispose();
}

/** Tests all rows on a build of the microkernels. */
export function binaryTests(build: string): void {
  describe(`element-wise kernels of two tensors on tiled-cpu, ${build}`, () => {
    before(async () => {
      await tf.setBackend('tiled-cpu');
      forceVariant(build, 'tiled-cpu');
    });
    after(() => forceVariant(null, 'tiled-cpu'));

    for (const op of names) {
      const takes = rowOf(op).takes ?? 'float32';
      const isOfBools = takes === 'bool';

      it(`${op} computes all broadcasts`, () =>
        tf.tidy(() => {
          const types = isOfBools || op === 'prelu' || op === 'divide' ? [takes] : [takes, 'int32'];
          for (const dtype of types as DataType[]) {
            if (dtype === 'int32' && (op === 'pow' || op === 'atan2')) continue;
            for (const [a, b] of shapes) {
              expectRow(op, valuesFor(dtype, a, 1), valuesFor(dtype, b, 2));
            }
          }
        }));

      if (isOfBools) continue;
      it(`${op} computes special values`, () =>
        tf.tidy(() => {
          const values = [...specialValues, Number.NaN];
          expectRow(op, tf.tensor2d(values, [values.length, 1]), tf.tensor1d(values));
        }));
    }

    it('refuse shapes that do not broadcast, as stock cpu does', () => {
      for (const op of names) {
        const { kernel, inputs = ['a', 'b'], takes = 'float32' } = rowOf(op);
        const [a, b] = [tf.zeros([2, 3], takes), tf.zeros([4], takes)];
        const run = () => tf.engine().runKernel(kernel, { [inputs[0]]: a, [inputs[1]]: b });
        expect(run, op).to.throw('Operands could not be broadcast together with shapes 2,3 and 4.');
      }
    });

    it('compute int32 that overflows modulo 2^32', () => {
      const a = tf.tensor1d([2147483647, -2147483648, 65536, 7], 'int32');
      const b = tf.tensor1d([1, 1, 65537, 0], 'int32');
      expect([...tf.add(a, b).dataSync()]).to.deep.equal([-2147483648, -2147483647, 131073, 7]);
      expect([...tf.mul(a, b).dataSync()]).to.deep.equal([2147483647, -2147483648, 65536, 0]);
      expect([...tf.floorDiv(a, b).dataSync()]).to.deep.equal([2147483647, -2147483648, 0, 0]);
    });
  });
}
