/** Pooling, reduction and resizing of tensors in planes, and their comparison with stock. */
import { expect } from 'chai';
import { UNIT } from '../../../../src/validator/index.js';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { type Bounded, DIVISION, expectWithin } from '../../../support/rounding.js';
import { tf } from '../../../support/setup.js';

export type Kernel = (x: tf.Tensor4D) => tf.Tensor;

export const shapes: readonly Shape4[] = [
  [2, 9, 13, 5],
  [1, 8, 8, 16],
  [1, 4, 5, 3],
];

export const pools: Record<string, Kernel> = {};
for (const [name, pool] of Object.entries({ maxPool: tf.maxPool, avgPool: tf.avgPool })) {
  pools[`${name} 2x2, stride 2, valid`] = (x) => pool(x, 2, 2, 'valid');
  pools[`${name} 3x3, stride 2, same`] = (x) => pool(x, 3, 2, 'same');
  pools[`${name} 3x2, stride 1, same`] = (x) => pool(x, [3, 2], 1, 'same');
  pools[`${name} 2x3, strides 3 and 1, padded by numbers`] = (x) =>
    pool(
      x,
      [2, 3],
      [3, 1],
      [
        [0, 0],
        [1, 0],
        [2, 1],
        [0, 0],
      ],
    );
  pools[`${name} 3x3, stride 2, pad 1, rounded up`] = (x) => pool(x, 3, 2, 1, 'ceil');
  pools[`${name} of the whole map`] = (x) => pool(x, [x.shape[1], x.shape[2]], 1, 'valid');
  pools[`${name} 30x30 of all of it`] = (x) => pool(x, 30, 7, 'same');
}

export const reductions: Record<string, Kernel> = {};
for (const [name, reduce] of Object.entries({ mean: tf.mean, max: tf.max, sum: tf.sum })) {
  reductions[`${name} over height and width`] = (x) =>
    tf.reshape(reduce(x, [1, 2]), [x.shape[0], 1, 1, x.shape[3]]);
  reductions[`${name} that keeps them`] = (x) => reduce(x, [1, 2], true);
  reductions[`${name} over axes in the other order, counted from the end`] = (x) =>
    reduce(x, [-2, -3], true);
}

export const resizes: Record<string, Kernel> = {};
for (const [name, resize] of Object.entries({
  resizeBilinear: tf.image.resizeBilinear,
  resizeNearestNeighbor: tf.image.resizeNearestNeighbor,
})) {
  for (const [how, align, half] of [
    ['', false, false],
    [', aligned corners', true, false],
    [', half pixel centers', false, true],
  ] as const) {
    resizes[`${name} to twice${how}`] = (x) =>
      resize(x, [2 * x.shape[1], 2 * x.shape[2]], align, half);
    resizes[`${name} to 7x6${how}`] = (x) => resize(x, [7, 6], align, half);
    resizes[`${name} to one pixel${how}`] = (x) => resize(x, [1, 1], align, half);
  }
}

async function expected(kernel: Kernel, shape: Shape4, backend: string) {
  await tf.setBackend(backend);
  const y = tf.tidy(() => kernel(tf.tensor4d(wholeNumbers(shape), shape)));
  const result = { shape: y.shape, dtype: y.dtype, values: y.dataSync() };
  y.dispose();
  return result;
}

/** Largest magnitude of the values that the kernels are given. */
const LARGEST = 15;

/**
 * Bound on the distance of a mean from stock cpu's, where the sum is one of whole numbers, and
 * exact: our division, and stock's roundings to nearest, of the result and, in tf.mean, of each
 * value over their number.
 */
export const meanBound = (mean: number): number =>
  (DIVISION + UNIT) * Math.abs(mean) + UNIT * LARGEST;

/**
 * Returns the bound that a kernel named as above has beside stock. Maxima, sums and copies of whole
 * numbers are exact. A bilinear resize runs the operations of stock webgl's program, in its order.
 */
export function boundOf(name: string): (value: number) => number {
  return /^(mean|avgPool)/.test(name) ? meanBound : () => 0;
}

/** Expects stock's values, in planes: equal numbers, or numbers within `bound` of stock's. */
export function equalsStock(
  kernel: Kernel,
  shape: Shape4,
  backend: string,
  bound: (value: number) => number = () => 0,
): Promise<void> {
  return leavingNothing(async () => {
    const wanted = await expected(kernel, shape, backend);
    await tf.setBackend('tiled-webgl');
    const x = inPlanes(shape);
    const y = tf.tidy(() => kernel(x));
    expectOnlyInPlanes(y);
    expect(y.shape).to.deep.equal(wanted.shape);
    expect(y.dtype).to.equal(wanted.dtype);
    const truth = Array.from(wanted.values, (value): Bounded => ({ value, bound: bound(value) }));
    expectWithin(y.dataSync(), truth);
    tf.dispose([x, y]);
  });
}
