/** Pools, and comparisons of their gradients on tiled-webgl with the definition and with stock cpu. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { expect } from 'chai';
import { type PoolGradientOp, poolGradient } from '../../../../kernels/shape/poolGradient.js';
import { compare, describeComparison, type Reference } from '../../../../src/validator/index.js';
import { poolGradientOracle } from '../../../support/poolOracle.js';
import {
  expectOnlyInPlanes,
  inPlanes,
  leavingNothing,
  onCPU,
  type Shape4,
  wholeNumbers,
} from '../../../support/residencySupport.js';
import { tf } from '../../../support/setup.js';

export interface Pooling {
  readonly shape: Shape4;
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: 'valid' | 'same' | number | ReturnType<typeof padded>;
  readonly dimRoundingMode?: 'ceil';
}

const padded = (top: number, bottom: number, left: number, right: number) =>
  [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as [[number, number], [number, number], [number, number], [number, number]];

/** Pools of `npm test`. */
export const pools = {
  '3x3, stride 2, same': { shape: [2, 8, 9, 6], filterSize: [3, 3], strides: [2, 2], pad: 'same' },
  '3x3, stride 2, pad 1, rounded up': {
    ...{ shape: [1, 6, 8, 4], filterSize: [3, 3], strides: [2, 2], pad: 1 },
    dimRoundingMode: 'ceil',
  },
} as const satisfies Record<string, Pooling>;

/** Pools of the long tests. */
export const morePools: Record<string, Pooling> = {
  '2x2, stride 2, valid': {
    ...{ shape: [2, 9, 13, 5], filterSize: [2, 2], strides: [2, 2], pad: 'valid' },
  },
  '3x2, stride 1, same': { shape: [1, 5, 7, 9], filterSize: [3, 2], strides: [1, 1], pad: 'same' },
  '2x3, strides 3 and 1, padded by numbers': {
    ...{ shape: [2, 9, 7, 3], filterSize: [2, 3], strides: [3, 1] },
    pad: padded(1, 0, 2, 1),
  },
  'the whole map': { shape: [2, 6, 5, 7], filterSize: [6, 5], strides: [1, 1], pad: 'valid' },
  '30x30, stride 7, same': {
    ...{ shape: [1, 9, 10, 3], filterSize: [30, 30], strides: [7, 7], pad: 'same' },
  },
  'a row wider than a texture': {
    ...{ shape: [1, 1, 40_000, 2], filterSize: [1, 4], strides: [1, 2], pad: 'same' },
  },
};

const ops = { max: tf.maxPool, avg: tf.avgPool } as const;

const pooled = (op: PoolGradientOp, p: Pooling, x: tf.Tensor) =>
  ops[op](x as tf.Tensor4D, p.filterSize, p.strides, p.pad, p.dimRoundingMode);

/** Computes the gradient that tf.grad() gives. */
export const gradientOf = (op: PoolGradientOp, p: Pooling, x: tf.Tensor, dy: tf.Tensor) =>
  tf.grad((t) => pooled(op, p, t))(x, dy);

export const dyShapeOf = (op: PoolGradientOp, p: Pooling): Shape4 =>
  tf.tidy(() => pooled(op, p, tf.zeros(p.shape)).shape as Shape4);

/** Returns the gradient of wholeNumbers() for a dy of wholeNumbers(), by definition. */
export function definitionOf(op: PoolGradientOp, p: Pooling, dyShape: Shape4): Reference {
  const tensors = {
    input: { shape: p.shape, dtype: 'float32' },
    dy: { shape: dyShape, dtype: 'float32' },
  } as const;
  const g = poolGradient(op, tensors, p);
  return poolGradientOracle(op, g, wholeNumbers(p.shape), wholeNumbers(dyShape));
}

export function expectAgreement(
  shape: readonly number[],
  values: ArrayLike<number>,
  wanted: Reference,
  what: string,
): void {
  const result = compare({ shape, values }, wanted);
  expect(result.ok, `${what}: ${describeComparison(result)}`).to.equal(true);
}

/** Stock's gradient of a mean is right if no window reaches outside the input. */
const isRightInStock = (op: PoolGradientOp, p: Pooling) =>
  p.dimRoundingMode === undefined && (op === 'max' || p.pad === 'valid');

/** Compares the gradient of tensors in planes, which must be in planes too. */
export function agreesInPlanes(op: PoolGradientOp, p: Pooling): Promise<void> {
  return leavingNothing(async () => {
    const dyShape = dyShapeOf(op, p);
    const wanted = definitionOf(op, p, dyShape);
    const values = tf.tidy(() => {
      const dx = gradientOf(op, p, inPlanes(p.shape), inPlanes(dyShape));
      expectOnlyInPlanes(dx);
      expectAgreement(dx.shape, dx.dataSync(), wanted, 'by definition');
      return dx.dataSync();
    });
    if (!isRightInStock(op, p)) return;
    const stock = await onCPU(() =>
      gradientOf(
        op,
        p,
        tf.tensor(wholeNumbers(p.shape), p.shape),
        tf.tensor(wholeNumbers(dyShape), dyShape),
      ),
    );
    const beside = { ...wanted, values: Float64Array.from(stock) };
    expectAgreement(p.shape, values, beside, 'beside stock cpu');
  });
}
