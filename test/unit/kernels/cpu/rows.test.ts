/** Tests of kernels that compute along rows: Softmax, LRN, TopK, and products of matrices. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import { describeLikeStock, special, t } from './likeStock.js';

const byShape = (shapes: readonly number[][], of: (shape: number[]) => tf.Tensor | tf.Tensor[]) =>
  Object.fromEntries(shapes.map((shape) => [`of [${shape}]`, () => of(shape)]));

describeLikeStock(
  'softmax',
  byShape(
    [[1], [2], [7], [1000], [2049], [90, 2], [700, 3], [5, 33], [3, 0], [2, 3, 2, 2, 1, 5]],
    (shape) => [
      tf.softmax(t(shape)),
      tf.softmax(tf.mul(t(shape), tf.scalar(30))),
      tf.softmax(special(shape)),
      tf.softmax(special(shape, true)),
      tf.logSoftmax(t(shape)),
    ],
  ),
  32,
);

describeLikeStock(
  'local response normalization',
  Object.fromEntries(
    [
      [1, 0.5],
      [2, 0.75],
      [5, 0.75],
      [0, 0.3],
      [40, 1],
    ].map(([radius, beta]) => [
      `radius ${radius}, power ${beta}`,
      () =>
        [1, 7, 18].flatMap((channels) => [
          tf.localResponseNormalization(t([2, 3, 2, channels]) as tf.Tensor4D, radius, 1, 2, beta),
          tf.localResponseNormalization(
            special([1, 3, 2, channels], true) as tf.Tensor4D,
            radius,
            1.5,
            0.1,
            beta,
          ),
        ]),
    ]),
  ),
  // A sum of up to 18 squares and a power.
  40,
);

/** Values of which few are above those before them, and many are equal. */
const steps = (length: number) => tf.tensor1d(Array.from({ length }, (_, i) => (i * 37) % 29));

describeLikeStock('the greatest values', {
  'one of one': () => both(tf.topk(t([1]), 1)),
  'of rows': () => [1, 2, 7, 19].flatMap((k) => both(tf.topk(t([5, 19]), k))),
  'of long rows': () => [1, 10, 100].flatMap((k) => both(tf.topk(t([2, 3, 777]), k))),
  'of equal values': () => [1, 3, 30, 100].flatMap((k) => both(tf.topk(steps(100), k))),
  'of zeros of both signs': () => both(tf.topk(tf.tensor1d([-0, 0, -1, 0, -0]), 3)),
  'in ascending order': () => both(tf.topk(tf.range(0, 100), 9)),
  'in descending order': () => both(tf.topk(tf.range(100, 0, -1), 9)),
  'with infinity': () => both(tf.topk(tf.tensor1d([1, -Infinity, 3, Infinity, 2]), 5)),
  'with NaN': () => both(tf.topk(tf.tensor1d([1, NaN, 3, 7, 2]), 2)),
  'of int32': () => both(tf.topk(tf.tensor1d([1, 5, 3], 'int32'), 2)),
});

function both({ values, indices }: { values: tf.Tensor; indices: tf.Tensor }): tf.Tensor[] {
  return [values, indices];
}

/** Returns a tensor that one of our kernels has computed. */
const computed = (shape: number[], seed = 1) => tf.add(t(shape, seed), tf.scalar(0.25));

const sizes: readonly (readonly [m: number, k: number, n: number])[] = [
  [1, 1, 1],
  [1, 5, 3],
  [1, 7, 13],
  [2, 9, 8],
  [3, 33, 5],
  [7, 4, 9],
  [13, 17, 21],
  [14, 3, 8],
  [20, 40, 17],
];

describeLikeStock(
  'products of computed matrices',
  Object.fromEntries(
    sizes.map(([m, k, n]) => [
      `[${m}, ${k}] by [${k}, ${n}]`,
      () => [
        tf.matMul(computed([m, k]), computed([k, n], 2)),
        tf.matMul(computed([m, k]), computed([n, k], 2), false, true),
        tf.matMul(computed([k, m]), computed([k, n], 2), true),
        tf.matMul(computed([k, m]), computed([n, k], 2), true, true),
        tf.matMul(t([2, 3, m, k]), t([2, 3, k, n], 2)),
        tf.matMul(t([2, 3, m, k]), computed([1, 1, k, n], 2)),
        tf.matMul(t([1, m, k]), t([3, n, k], 2), false, true),
      ],
    ]),
  ),
  // Terms are up to 30, and there are up to 40 of them.
  2 * 40 * 30,
);

describeLikeStock(
  'fused products of computed matrices',
  Object.fromEntries(
    (['linear', 'relu', 'relu6', 'sigmoid', 'elu', 'prelu'] as const).map((activation) => [
      activation,
      () => [
        tf.fused.matMul({
          ...{ a: computed([2, 5, 7]), b: computed([2, 7, 9], 2), bias: t([9], 3), activation },
          ...(activation === 'prelu' ? { preluActivationWeights: t([9], 4) } : {}),
        }),
        tf.fused.matMul({
          ...{ a: computed([1, 7]), b: computed([9, 7], 2), transposeB: true, bias: t([9], 3) },
          ...(activation === 'prelu' ? {} : { activation }),
        }),
      ],
    ]),
  ),
  2 * 10 * 30,
);

describe('a product on tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('broadcasts matrices along all outer axes', () => {
    const [a, b] = [t([2, 1, 3, 4]), t([1, 3, 4, 5], 2)];
    const y = tf.matMul(a, b);
    expect(y.shape).to.deep.equal([2, 3, 3, 5]);
    for (const [i, j] of [
      [0, 0],
      [0, 2],
      [1, 0],
      [1, 1],
    ]) {
      const one = tf.matMul(
        tf.reshape(tf.gather(a, [i]), [3, 4]),
        tf.reshape(tf.gather(b, [j], 1), [4, 5]),
      );
      const there = tf.slice(y, [i, j, 0, 0], [1, 1, 3, 5]);
      expect([...there.dataSync()]).to.deep.equal([...one.dataSync()]);
    }
  });

  for (const [m, n] of [
    [1, 3],
    [1, 21],
    [5, 21],
    [40, 12],
  ]) {
    it(`has the same bits whether or not the matrix was computed: ${m} by ${n}`, () => {
      const x = t([m, 37]);
      const weights = t([37, n], 2);
      const known = tf.matMul(x, weights).dataSync();
      const computed = tf.add(weights, tf.zerosLike(weights));
      for (let i = 0; i < 3; i++) {
        expect([...tf.matMul(x, computed).dataSync()]).to.deep.equal([...known]);
      }
    });
  }

  it('refuses matrices that do not fit as stock does', () => {
    expect(() => tf.matMul(computed([2, 3]), computed([2, 3]))).to.throw('inner shapes');
    expect(() => tf.matMul(computed([2, 2, 3]), computed([3, 3, 2]))).to.throw('broadcast');
  });
});
