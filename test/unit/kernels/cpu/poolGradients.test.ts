/** Tests of gradients of pools on tiled-cpu, against stock 'cpu'. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../../../src/index.js';
import { describeLikeStock, kernel, special, t } from './likeStock.js';

interface Pool {
  readonly x: readonly [number, number, number, number];
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
}

const channels = [1, 3, 4, 21];

const pools: readonly Pool[] = channels.flatMap((c): Pool[] => [
  { x: [2, 7, 8, c], filterSize: [2, 2], strides: [2, 2], pad: 'valid' },
  { x: [2, 7, 9, c], filterSize: [3, 3], strides: [2, 2], pad: 'same' },
  { x: [1, 5, 6, c], filterSize: [3, 2], strides: [1, 1], pad: 'same' },
  { x: [1, 6, 7, c], filterSize: [2, 4], strides: [3, 1], pad: 1 },
  { x: [1, 5, 5, c], filterSize: [1, 1], strides: [2, 2], pad: 'valid' },
  {
    ...{ x: [1, 5, 6, c], filterSize: [3, 3], strides: [1, 2] },
    pad: [
      [0, 0],
      [2, 0],
      [1, 2],
      [0, 0],
    ],
  },
]);

/**
 * Returns the gradient of a pool of x. The gradient of its output are whole numbers that a window's number of
 * taps divides, so that all sums are exact.
 */
function gradient(isMax: boolean, { filterSize, strides, pad }: Pool, x: tf.Tensor): tf.Tensor {
  const attrs = { filterSize, strides, pad };
  const y = kernel(isMax ? tf.MaxPool : tf.AvgPool, { x }, attrs) as tf.Tensor;
  const dy = tf.mul(tf.round(tf.mul(t(y.shape, 3), 97)), filterSize[0] * filterSize[1]);
  return isMax
    ? kernel(tf.MaxPoolGrad, { dy, input: x, output: y }, attrs)
    : kernel(tf.AvgPoolGrad, { dy, input: x }, attrs);
}

const named = ({ x, filterSize, strides, pad }: Pool) =>
  `${x.join('x')} by ${filterSize}, strides ${strides}, pad ${JSON.stringify(pad)}`;

const ofMaxima = Object.fromEntries(
  pools.flatMap((pool) => [
    [named(pool), () => gradient(true, pool, t([...pool.x]))],
    [
      `${named(pool)}, of equal and special values`,
      () => gradient(true, pool, special([...pool.x], true)),
    ],
  ]),
);

describeLikeStock('gradients of maximum pools', ofMaxima);
describeLikeStock(
  'gradients of mean pools',
  Object.fromEntries(
    pools.map((pool) => [named(pool), () => gradient(false, pool, t([...pool.x]))]),
  ),
);

describe('the gradient of a maximum pool on tiled-cpu', () => {
  it('goes to the first of equal values, row by row', async () => {
    await tf.setBackend('tiled-cpu');
    const input = tf.tensor4d([1, 5, 5, 5, 5, 1, NaN, NaN, -Infinity], [1, 3, 3, 1]);
    const [dy, output] = [tf.tensor4d([7], [1, 1, 1, 1]), tf.tensor4d([5], [1, 1, 1, 1])];
    const attrs = { filterSize: 3, strides: 1, pad: 'valid' };
    const dx = kernel(tf.MaxPoolGrad, { dy, input, output }, attrs) as tf.Tensor;
    expect([...dx.dataSync()]).to.deep.equal([0, 7, 0, 0, 0, 0, 0, 0, 0]);
    tf.dispose([input, dy, output, dx]);
  });
});
