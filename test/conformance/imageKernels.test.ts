/** Pooling, reduction and resizing of tensors in planes: stock's values, and results in planes. */
import { expect } from 'chai';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  type Shape4,
  wholeNumbers,
} from './residencySupport.js';
import { tf } from './setup.js';

type Kernel = (x: tf.Tensor4D) => tf.Tensor;

const shapes: Shape4[] = [
  [2, 9, 13, 5],
  [1, 8, 8, 16],
  [1, 4, 5, 3],
];

const pools: Record<string, Kernel> = {};
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

const reductions: Record<string, Kernel> = {};
for (const [name, reduce] of Object.entries({ mean: tf.mean, max: tf.max, sum: tf.sum })) {
  reductions[`${name} over height and width`] = (x) =>
    tf.reshape(reduce(x, [1, 2]), [x.shape[0], 1, 1, x.shape[3]]);
  reductions[`${name} that keeps them`] = (x) => reduce(x, [1, 2], true);
  reductions[`${name} over axes in the other order, counted from the end`] = (x) =>
    reduce(x, [-2, -3], true);
}

const resizes: Record<string, Kernel> = {};
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

/** `exact` asks for equal numbers; others may differ by rounding. */
function equalsStock(kernel: Kernel, shape: Shape4, backend: string, exact = false) {
  return leavingNothing(async () => {
    const wanted = await expected(kernel, shape, backend);
    await tf.setBackend('tiled-webgl');
    const x = inPlanes(shape);
    const y = tf.tidy(() => kernel(x));
    expectOnlyInPlanes(y);
    expect(y.shape).to.deep.equal(wanted.shape);
    expect(y.dtype).to.equal(wanted.dtype);
    const values = y.dataSync();
    if (exact) expect(values).to.deep.equal(wanted.values);
    for (const [i, value] of values.entries()) {
      const bound = 1e-5 * Math.max(1, Math.abs(value));
      if (value !== wanted.values[i]) expect(value).to.be.closeTo(wanted.values[i], bound);
    }
    tf.dispose([x, y]);
  });
}

describe('pooling in planes equals stock', () => {
  for (const shape of shapes) {
    for (const [name, kernel] of Object.entries(pools)) {
      it(`${name} of [${shape}]`, () => equalsStock(kernel, shape, 'cpu'));
    }
  }

  it('NaN is passed over by a maximum, and spoils a mean', () =>
    leavingNothing(() => {
      const [largest, mean] = tf.tidy(() => {
        const zero = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, Number.NaN, 9], [1, 3, 3, 1]);
        const x = tf.depthwiseConv2d(zero, tf.ones([1, 1, 1, 1]) as tf.Tensor4D, 1, 'valid');
        expectOnlyInPlanes(x);
        const pooled = [tf.maxPool(x, 2, 1, 'valid'), tf.avgPool(x, 2, 1, 'valid')];
        for (const y of pooled) expectOnlyInPlanes(y);
        return pooled.map((y) => [...y.dataSync()]);
      });
      expect(largest).to.deep.equal([5, 6, 7, 9]);
      expect(mean).to.deep.equal([3, 4, Number.NaN, Number.NaN]);
    }));

  it('a pooling that changes nothing shares the data', () =>
    leavingNothing(() => {
      const x = inPlanes([1, 4, 5, 3]);
      const y = tf.maxPool(x, 1, 1, 'same');
      expect(y.dataId).to.equal(x.dataId);
      tf.dispose([x, y]);
    }));
});

describe('reduction over the pixels of planes equals stock', () => {
  for (const shape of [...shapes, [1, 40, 50, 6] as Shape4]) {
    for (const [name, kernel] of Object.entries(reductions)) {
      it(`${name} of [${shape}]`, () => equalsStock(kernel, shape, 'cpu'));
    }
  }

  it('of an NCHW tensor is over its own height and width', () =>
    leavingNothing(() => {
      const shape: Shape4 = [2, 5, 4, 3];
      const x = tf.tidy(() => {
        const values = tf.tensor4d(wholeNumbers(shape), shape);
        const same = tf.reshape(tf.eye(5), [1, 1, 5, 5]) as tf.Tensor4D;
        return tf.conv2d(values, same, 1, 'valid', 'NCHW');
      });
      expectOnlyInPlanes(x);
      for (const keepDims of [false, true]) {
        const y = tf.mean(x, [2, 3], keepDims);
        expect(y.shape).to.deep.equal(keepDims ? [2, 5, 1, 1] : [2, 5]);
        const wanted = Array.from({ length: 10 }, (_, i) => {
          return (
            wholeNumbers(shape)
              .slice(12 * i, 12 * i + 12)
              .reduce((a, b) => a + b) / 12
          );
        });
        for (const [i, value] of y.dataSync().entries()) {
          expect(value).to.be.closeTo(wanted[i], 1e-5);
        }
        y.dispose();
      }
      x.dispose();
    }));
});

// Stock cpu has its coordinates in float64; stock webgl in float32, as ours.
describe('resizing in planes equals stock', () => {
  for (const shape of shapes) {
    for (const [name, kernel] of Object.entries(resizes)) {
      it(`${name} of [${shape}]`, () => equalsStock(kernel, shape, 'webgl'));
    }
  }

  // On the edge between two pixels the rounding of float32 decides, as it does in stock webgl.
  for (const pixels of [3, 6, 7, 11, 14, 21, 29, 49]) {
    it(`the nearest of ${pixels} across is stock webgl's`, async () => {
      for (const [align, half] of [
        [false, false],
        [true, false],
        [false, true],
      ]) {
        const kernel: Kernel = (x) =>
          tf.image.resizeNearestNeighbor(x, [pixels, pixels], align, half);
        await equalsStock(kernel, [1, 21, 9, 4], 'webgl', true);
      }
    });
  }
});
