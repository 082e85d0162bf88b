/** Tests of gradients of pools on tiled-cpu, against their definition in float64 and stock 'cpu'. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { type PoolGradientOp, poolGradient } from '../../../../kernels/shape/poolGradient.js';
import { forceVariant } from '../../../../src/index.js';
import { compare, describeComparison } from '../../../../src/validator/index.js';
import { poolGradientOracle } from '../../../support/poolOracle.js';
import { describeLikeStock, kernel, onUsedHeap, special, t } from './likeStock.js';

interface Pool {
  readonly x: readonly [number, number, number, number];
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;
  readonly rounding?: 'ceil';
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

const roundedUp: Pool = {
  ...{ x: [2, 6, 8, 5], filterSize: [3, 3], strides: [2, 2], pad: 1 },
  rounding: 'ceil',
};

/** Returns whole numbers, whose sums are exact. */
const whole = (shape: number[]) => tf.round(tf.mul(t(shape, 3), 97));

/** Returns the gradient of a pool of x, and that of its output from which it was made. */
function gradient(op: PoolGradientOp, pool: Pool, x: tf.Tensor): { dx: tf.Tensor; dy: tf.Tensor } {
  const { rounding, filterSize, strides, pad } = pool;
  const attrs = { filterSize, strides, pad };
  const [forward, backward] =
    op === 'max' ? [tf.MaxPool, tf.MaxPoolGrad] : [tf.AvgPool, tf.AvgPoolGrad];
  const output = kernel(forward, { x }, { ...attrs, dimRoundingMode: rounding }) as tf.Tensor;
  const dy = whole(output.shape);
  // tfjs does not pass the rounding mode on.
  return { dx: kernel(backward, { dy, input: x, output }, attrs), dy };
}

const named = ({ x, filterSize, strides, pad, rounding }: Pool) =>
  `${x.join('x')} by ${filterSize}, strides ${strides}, pad ${JSON.stringify(pad)} ${rounding ?? ''}`;

describeLikeStock(
  'gradients of maximum pools',
  Object.fromEntries(
    pools.flatMap((pool) => [
      [named(pool), () => gradient('max', pool, t([...pool.x])).dx],
      [
        `${named(pool)}, of equal and special values`,
        () => gradient('max', pool, special([...pool.x], true)).dx,
      ],
    ]),
  ),
);

for (const build of ['simd', 'plain']) {
  describe(`gradients of pools on tiled-cpu, ${build}, equal the definition:`, () => {
    before(async () => {
      await tf.setBackend('tiled-cpu');
      forceVariant(build, 'tiled-cpu');
    });
    after(() => forceVariant(null, 'tiled-cpu'));
    for (const op of ['max', 'avg'] as const) {
      for (const pool of [...pools, roundedUp]) {
        it(`${op}, ${named(pool)}`, () =>
          onUsedHeap(async () =>
            tf.tidy(() => {
              const input = t([...pool.x]);
              const { dx, dy } = gradient(op, pool, input);
              const g = poolGradient(op, { input, dy }, pool);
              const wanted = poolGradientOracle(op, g, input.dataSync(), dy.dataSync());
              const result = compare({ shape: dx.shape, values: dx.dataSync() }, wanted);
              expect(result.ok, describeComparison(result)).to.equal(true);
            }),
          ));
      }
    }
  });
}

describe('the gradient of a maximum pool on tiled-cpu', () => {
  before(() => tf.setBackend('tiled-cpu'));

  it('goes to the first of equal values, row by row', () => {
    const input = tf.tensor4d([1, 5, 5, 5, 5, 1, NaN, NaN, -Infinity], [1, 3, 3, 1]);
    const [dy, output] = [tf.tensor4d([7], [1, 1, 1, 1]), tf.tensor4d([5], [1, 1, 1, 1])];
    const attrs = { filterSize: 3, strides: 1, pad: 'valid' };
    const dx = kernel(tf.MaxPoolGrad, { dy, input, output }, attrs) as tf.Tensor;
    expect([...dx.dataSync()]).to.deep.equal([0, 7, 0, 0, 0, 0, 0, 0, 0]);
    tf.dispose([input, dy, output, dx]);
  });

  it('is refused for a dy of another size', () => {
    const [input, dy] = [tf.zeros([1, 4, 4, 2]), tf.zeros([1, 3, 3, 2])];
    const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
    expect(() => kernel(tf.MaxPoolGrad, { dy, input, output: dy }, attrs)).to.throw(
      'MaxPoolGrad: dy must have the shape of the pooled input, [1,2,2,2]. Got [1,3,3,2].',
    );
    tf.dispose([input, dy]);
  });
});
