/** Tests of reductions over any axes, of the places of extremes, and of softmax, of tensors in planes. */
import { expect } from 'chai';
import { capture } from '../../../../src/index.js';
import { conversionsIn } from '../../../support/conversionsIn.js';
import {
  inPlanes,
  leavingNothing,
  type Shape4,
  tiledBackend,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import {
  type Bounded,
  expectEqual,
  expectWithin,
  softmaxOfExact,
} from '../../../support/rounding.js';
import { tf } from '../../../support/setup.js';
import { expectReplays } from '../../src/capture/captureSupport.js';
import { meanBound } from './imageKernels.js';

type Kernel = (x: tf.Tensor) => tf.Tensor;

const shape: Shape4 = [2, 5, 6, 7];

/** Returns what stock cpu makes of the values of wholeNumbers(shape). */
async function onStock(kernel: Kernel, of: Shape4 = shape) {
  await tf.setBackend('cpu');
  const y = tf.tidy(() => kernel(tf.tensor4d(wholeNumbers(of), of)));
  const result = { shape: y.shape, dtype: y.dtype, values: Array.from(y.dataSync()) };
  y.dispose();
  await tf.setBackend('tiled-webgl');
  return result;
}

/** Expects stock's values without any conversion, and a result in planes. */
function staysInTiles(
  kernel: Kernel,
  of: Shape4 = shape,
  bound: (value: number) => number = () => 0,
): Promise<void> {
  return leavingNothing(async () => {
    const wanted = await onStock(kernel, of);
    const x = inPlanes(of);
    let y = x as tf.Tensor;
    const found = conversionsIn(() => {
      y = tf.tidy(() => kernel(x));
    });
    expect(found).to.deep.equal([]);
    expect(tiledBackend().runner.placementOfAnyType(y), 'placement').to.not.equal(null);
    const { shape, dtype } = y;
    expect({ shape, dtype }).to.deep.equal({ shape: wanted.shape, dtype: wanted.dtype });
    const truth = wanted.values.map((value): Bounded => ({ value, bound: bound(value) }));
    expectWithin(y.dataSync(), truth);
    tf.dispose([x, y]);
  });
}

const rows: Kernel = (x) => tf.reshape(x, [2, 30, 7]);

describe('reductions in tiles', () => {
  const kernels: Record<string, Kernel> = {
    'sum over channels': (x) => tf.sum(x, 3),
    'sum over channels that keeps them': (x) => tf.sum(x, -1, true),
    'sum over the height': (x) => tf.sum(x, 1),
    'sum over the width that keeps it': (x) => tf.sum(x, 2, true),
    'sum over the batch': (x) => tf.sum(x, 0),
    'sum of everything': (x) => tf.sum(x),
    'sum over the channels of rows': (x) => tf.sum(rows(x), 2),
    'sum over rows': (x) => tf.sum(rows(x), 1, true),
    'sum over the channels of a matrix': (x) => tf.sum(tf.reshape(x, [60, 7]), 1),
    'sum over an axis of one value': (x) => tf.sum(tf.reshape(x, [60, 1, 7]), 1),
    'product over channels': (x) => tf.prod(tf.clipByValue(x, -1, 2), 3),
    'maximum over channels': (x) => tf.max(x, 3),
    'minimum over channels': (x) => tf.min(x, 3, true),
    'maximum of everything': (x) => tf.max(x),
    'conjunction over channels': (x) => tf.all(tf.greater(x, -14), 3),
    'disjunction over the height and the width': (x) => tf.any(tf.greater(x, 14), [1, 2]),
    'maximum of whole numbers': (x) => tf.max(tf.argMax(x, 3), 1),
    'sum of whole numbers': (x) => tf.sum(tf.argMin(x, 3)),
  };
  for (const [name, kernel] of Object.entries(kernels)) {
    it(`compute the ${name}`, () => staysInTiles(kernel));
  }

  it('compute a mean over channels', () =>
    staysInTiles((x) => tf.mean(x, -1, true), shape, meanBound));

  it('take several passes over many tiles', () => staysInTiles((x) => tf.sum(x), [1, 20, 90, 17]));

  it('leave part of the channels to stock', () =>
    leavingNothing(async () => {
      const kernel: Kernel = (x) => tf.sum(tf.reshape(x, [2, 30, 4, 2]), [1, 3]);
      const wanted = await onStock(kernel, [2, 5, 6, 8]);
      const x = inPlanes([2, 5, 6, 8]);
      expectEqual(
        tf.tidy(() => kernel(x).dataSync()),
        wanted.values,
      );
      x.dispose();
    }));

  it('compute few values that are on the CPU there', () =>
    leavingNothing(() => {
      const x = inPlanes(shape);
      const values = x.dataSync();
      const y = tf.min(x, 3);
      expect(tiledBackend().runner.placementOfData(y)).to.equal(null);
      expect(y.dataSync()[0]).to.equal(Math.min(...values.slice(0, 7)));
      tf.dispose([x, y]);
    }));

  it('run over the channels of an NCHW tensor', () =>
    leavingNothing(() => {
      const nchw: Shape4 = [2, 5, 4, 3];
      const values = wholeNumbers(nchw);
      const x = tf.tidy(() => {
        const same = tf.reshape(tf.eye(5), [1, 1, 5, 5]) as tf.Tensor4D;
        return tf.conv2d(tf.tensor4d(values, nchw), same, 1, 'valid', 'NCHW');
      });
      for (const keepDims of [false, true]) {
        const y = tf.max(x, 1, keepDims);
        expect(tiledBackend().runner.placementOfData(y)).to.not.equal(null);
        const wanted = Array.from({ length: 24 }, (_, i) => {
          const start = Math.floor(i / 12) * 60 + (i % 12);
          return Math.max(...[0, 1, 2, 3, 4].map((c) => values[start + 12 * c]));
        });
        expect(y.shape).to.deep.equal(keepDims ? [2, 1, 4, 3] : [2, 4, 3]);
        expectEqual(y.dataSync(), wanted);
        y.dispose();
      }
      x.dispose();
    }));
});

/** Normalizes by moments, as graph models do. */
function normalized(
  x: tf.Tensor,
  axes: number[],
  [scale, offset] = [tf.linspace(1, 2, 7), tf.linspace(0, 1, 7)],
): tf.Tensor {
  const mean = tf.mean(x, axes, true);
  const variance = tf.mean(tf.squaredDifference(x, mean), axes, true);
  const factor = tf.mul(tf.rsqrt(tf.add(variance, 1e-3)), scale);
  return tf.add(tf.mul(x, factor), tf.sub(offset, tf.mul(mean, factor)));
}

describe('chains of reductions and element-wise kernels in tiles', () => {
  // Values of a few units are off by some float32 steps of the terms that cancel, up to 15 of them.
  const close = () => 2 ** -17;
  const chains: Record<string, Kernel> = {
    'a layer norm': (x) => normalized(x, [-1]),
    'a layer norm of rows': (x) => normalized(rows(x), [2]),
    'an instance norm': (x) => normalized(x, [1, 2]),
    'a norm over the whole image': (x) => normalized(x, [1, 2, 3]),
    'moments over channels': (x) => {
      const { mean, variance } = tf.moments(x, 3);
      return tf.sub(variance, mean);
    },
    'a logarithm of softmax': (x) => tf.logSoftmax(x),
    'a length of 1 over channels': (x) =>
      tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), -1, true), 1e-12))),
  };
  for (const [name, kernel] of Object.entries(chains)) {
    it(`compute ${name}`, () => staysInTiles(kernel, shape, close));
  }
});

describe('captured models with reductions in tiles', () => {
  it('compute what they compute eagerly', () =>
    leavingNothing(async () => {
      const filter = tf.randomUniform([1, 1, 5, 7]) as tf.Tensor4D;
      const constants: [tf.Tensor1D, tf.Tensor1D] = [tf.linspace(1, 2, 7), tf.linspace(0, 1, 7)];
      const model = (t: tf.Tensor) =>
        tf.tidy(() => {
          const x = tf.conv2d(t as tf.Tensor4D, filter, 1, 'valid');
          const y = normalized(x, [-1], constants);
          return [tf.softmax(tf.matMul(y, x, false, true)), tf.argMax(y, 3), tf.sum(y, [0, 3])];
        });
      const make = () => tf.randomUniform([1, 9, 11, 5], -2, 2);
      const x = make();
      const fast = await capture<tf.Tensor, tf.Tensor[]>(model, x);
      await expectReplays(fast, model, make);
      fast.dispose();
      tf.dispose([x, filter, ...constants]);
    }));
});

describe('places of extremes in tiles', () => {
  for (const axis of [0, 1, 2, 3]) {
    it(`equal stock's along axis ${axis}`, () => staysInTiles((x) => tf.argMax(x, axis)));
  }

  it('equal stock in rows of channels', () => staysInTiles((x) => tf.argMin(rows(x), -1)));

  it('are whole numbers for kernels of stock', () =>
    staysInTilesUntil((x) => tf.oneHot(tf.argMax(x, 3) as tf.Tensor3D, 7)));
});

/** Expects stock's values, though the last kernel is one of stock. */
function staysInTilesUntil(kernel: Kernel): Promise<void> {
  return leavingNothing(async () => {
    const wanted = await onStock(kernel);
    const x = inPlanes(shape);
    expectEqual(
      tf.tidy(() => kernel(x).dataSync()),
      wanted.values,
    );
    x.dispose();
  });
}

describe('softmax in tiles', () => {
  function expected(values: readonly number[], size: number): Bounded[] {
    return Array.from({ length: values.length / size }, (_, i) =>
      softmaxOfExact(values.slice(i * size, (i + 1) * size)),
    ).flat();
  }

  for (const [name, as] of [
    ['an image', shape],
    ['rows', [2, 30, 7]],
    ['a matrix', [60, 7]],
  ] as [string, number[]][]) {
    it(`is one of the channels of ${name}, without a conversion`, () =>
      leavingNothing(() => {
        const x = inPlanes(shape);
        let y = x as tf.Tensor;
        const found = conversionsIn(() => {
          y = tf.tidy(() => tf.softmax(tf.reshape(x, as)));
        });
        expect(found).to.deep.equal([]);
        expect(y.shape).to.deep.equal(as);
        expect(tiledBackend().runner.placementOfData(y)).to.not.equal(null);
        expectWithin(y.dataSync(), expected([...wholeNumbers(shape)], 7));
        tf.dispose([x, y]);
      }));
  }

  it('of NaN and of infinities is what stock cpu makes of them', () =>
    leavingNothing(() => {
      const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
      const values = [1, nan, 2, 3, inf, 1, -inf, 0, 2, -inf, -inf, -inf];
      const y = tf.tidy(() => {
        const given = tf.tensor4d(values, [1, 2, 2, 3]);
        const ones = tf.ones([1, 1, 3, 1]) as tf.Tensor4D;
        return tf.softmax(tf.depthwiseConv2d(given, ones, 1, 'valid'));
      });
      expect(tiledBackend().runner.placementOf(y)).to.not.equal(null);
      expectWithin(y.dataSync(), expected(values, 3));
      y.dispose();
    }));
});
