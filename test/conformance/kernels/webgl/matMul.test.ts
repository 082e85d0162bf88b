/** Tests of dense layers on tensors in planes. */
import { expect } from 'chai';
import { tiledInfo } from '../../../../src/index.js';
import { sumBound } from '../../../../src/validator/index.js';
import { conversionsIn } from '../../../support/conversionsIn.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { expectWithin } from '../../../support/rounding.js';
import { tf } from '../../../support/setup.js';

/** Shape of the image, its shape after reshaping to rows, and number of columns of the matrix. */
const products: readonly (readonly [Shape4, number[], number])[] = [
  [[1, 1, 1, 40], [1, 40], 5],
  [[3, 1, 1, 21], [3, 21], 10],
  [[2, 3, 5, 6], [2, 90], 7],
  [[1, 7, 7, 12], [1, 588], 33],
  [[1, 4, 6, 9], [1, 24, 9], 8],
];

function dense(x: tf.Tensor, rows: number[], columns: number, fused: boolean): tf.Tensor {
  const depth = rows[rows.length - 1];
  const a = tf.reshape(x, rows);
  const b = tf.tensor2d(
    wholeNumbers([1, 1, depth, columns]).map((v) => v % 3),
    [depth, columns],
  );
  if (!fused) return tf.matMul(a, b);
  const bias = tf.range(-3, columns - 3);
  return tf.fused.matMul({ a, b, bias, activation: 'relu' });
}

/** Counts how often values have been converted out of planes for a kernel. */
function untiled(): number {
  const { conversions } = tiledInfo('tiled-webgl');
  return conversions.reduce(
    (sum, { kind, kernel, count }) => sum + (kind === 'untile' && kernel !== 'read' ? count : 0),
    0,
  );
}

describe('matrix products in tiles', () => {
  for (const fused of [false, true]) {
    for (const [shape, rows, columns] of products) {
      const what = `equal stock cpu: [${shape}] as [${rows}] by ${columns} columns${fused ? ', bias and relu' : ''}`;
      it(what, () =>
        leavingNothing(async () => {
          await tf.setBackend('cpu');
          const expected = tf.tidy(() => [
            ...dense(tf.tensor4d(wholeNumbers(shape), shape), rows, columns, fused).dataSync(),
          ]);
          await tf.setBackend('tiled-webgl');
          const before = untiled();
          const x = inPlanes(shape);
          const y = tf.tidy(() => dense(x, rows, columns, fused));
          expect(y.shape).to.deep.equal([...rows.slice(0, -1), columns]);
          expect([...y.dataSync()]).to.deep.equal(expected);
          expect(untiled()).to.equal(before);
          // A stock kernel must see the result in the result's own shape.
          const sum = tf.tidy(() => tf.sum(tf.softmax(y), -1).dataSync());
          // Each quotient has the error of a sum of all columns and of a division, which is that of
          // three roundings at most; their sum is rounded once a column.
          const one = { value: 1, bound: sumBound(2 * columns + 3, 1) };
          expectWithin(sum, Array(sum.length).fill(one));
          tf.dispose([x, y]);
        }),
      );
    }
  }

  it('are right where b is transposed or of rank 3', () =>
    leavingNothing(() => {
      const x = inPlanes([1, 2, 3, 4]);
      tf.tidy(() => {
        const rows = tf.reshape(x, [4, 6]);
        const square = tf.matMul(rows, rows, false, true).dataSync();
        const values = wholeNumbers([1, 2, 3, 4]);
        const first = values.slice(0, 6).reduce((sum, v) => sum + v * v, 0);
        expect(square[0]).to.equal(first);
        const ofMore = tf.matMul(rows, tf.ones([1, 6, 3]));
        expect(ofMore.shape, 'the axes of both').to.deep.equal([1, 4, 3]);
        const sum = values.slice(0, 6).reduce((all, v) => all + v, 0);
        expect(ofMore.dataSync()[0]).to.equal(sum);
      });
      x.dispose();
    }));
});

describe('matrix products of odd numbers of terms', () => {
  /** Makes a tensor of ones, so large that the GPU computes it and leaves ones in the padding. */
  const ones = (shape: [number, number]) => tf.exp(tf.zeros(shape)) as tf.Tensor2D;
  const sizes = { a: 1400, terms: 3, b: 1401 };

  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      it(`do not add padding, with transposeA ${transposeA} and transposeB ${transposeB}`, async () => {
        await tf.setBackend('tiled-webgl');
        const values = tf.tidy(() => {
          const a = ones(transposeA ? [sizes.terms, sizes.a] : [sizes.a, sizes.terms]);
          const b = ones(transposeB ? [sizes.b, sizes.terms] : [sizes.terms, sizes.b]);
          return tf.matMul(a, b, transposeA, transposeB).dataSync();
        });
        expect(values.every((value) => value === sizes.terms)).to.equal(true);
      });
    }
  }
});

describe('products of two tensors in tiles', () => {
  const shape: Shape4 = [2, 3, 5, 6];
  const scaled = (x: tf.Tensor4D) => tf.mul(tf.relu(x), 0.125);

  /** Returns what attention makes of queries x; the keys and values are made of them. */
  function attention(x: tf.Tensor4D): tf.Tensor {
    const scores = tf.matMul(scaled(x), tf.relu(tf.sub(x, 3)), false, true);
    return tf.matMul(tf.softmax(scores), x);
  }

  const cases: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
    'of transposed matrices': (x) => tf.matMul(x, tf.relu(x), true, false),
    'of matrices, both transposed': (x) =>
      tf.matMul(x, tf.reshape(tf.relu(x), [2, 3, 6, 5]), true, true),
    'with a bias and an activation': (x) => {
      const b = tf.reshape(tf.relu(x), [2, 3, 6, 5]);
      return tf.fused.matMul({ a: x, b, bias: tf.range(-2, 3), activation: 'relu' });
    },
    'by one matrix for all': (x) =>
      tf.matMul(tf.reshape(x, [6, 5, 6]), tf.reshape(tf.sum(x, [0, 1]), [1, 6, 5])),
    'of a scaled product': (x) => tf.add(tf.mul(tf.matMul(x, x, false, true), 0.5), 1),
    'of matrices that are lines of pixels': (x) => tf.matMul(x, tf.relu(x), false, true),
    'of matrices that are images': (x) => {
      const rows = tf.reshape(x, [2, 15, 6]);
      return tf.matMul(tf.matMul(rows, tf.relu(rows), false, true), rows);
    },
    'of attention': attention,
  };
  for (const [name, kernel] of Object.entries(cases)) {
    it(`stay there: ${name}`, () =>
      leavingNothing(async () => {
        await tf.setBackend('cpu');
        const wanted = tf.tidy(() => [
          ...kernel(tf.tensor4d(wholeNumbers(shape), shape)).dataSync(),
        ]);
        await tf.setBackend('tiled-webgl');
        const x = inPlanes(shape);
        let y: tf.Tensor = x;
        const found = conversionsIn(() => {
          y = tf.tidy(() => kernel(x));
        });
        // A factor that no program has drawn for the product is moved to tiles of four rows.
        expect(found.filter(({ kind }) => kind !== 'retile')).to.deep.equal([]);
        // Products of whole numbers are exact. Softmax is off by some steps of weights below 1.
        const bound = name.endsWith('attention') ? 2 ** -16 : 0;
        expectWithin(
          y.dataSync(),
          wanted.map((value) => ({ value, bound })),
        );
        tf.dispose([x, y]);
      }));
  }
});
