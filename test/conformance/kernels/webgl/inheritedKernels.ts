/**
 * Kernels on a tensor in planes: inherited stock kernels, and ours on calls that they leave to stock
 * or take in some shapes only.
 */
import { expect } from 'chai';
import { inPlanes, leavingNothing, wholeNumbers } from '../../../support/residencySupport.js';
import {
  type Bounded,
  exactly,
  expectWithin,
  meanOfExact,
  softmax,
} from '../../../support/rounding.js';
import { tf } from '../../../support/setup.js';

type Kernel = (x: tf.Tensor4D) => tf.Tensor;

/** Kernels that read the stock backend's records themselves, and one kernel of each common kind. */
export const kernels: Record<string, Kernel> = {
  abs: (x) => tf.abs(x),
  neg: (x) => tf.neg(x),
  'cast to int32': (x) => tf.cast(x, 'int32'),
  'cast to bool': (x) => tf.cast(x, 'bool'),
  complex: (x) => tf.real(tf.complex(x, x)),
  max: (x) => tf.max(x, 3),
  'max of all': (x) => tf.max(x),
  mean: (x) => tf.mean(x, [1, 2]),
  prod: (x) => tf.prod(tf.mul(x, 1 / 16), 3),
  sum: (x) => tf.sum(x, -1),
  argMax: (x) => tf.argMax(x, 3),
  topk: (x) => tf.topk(tf.reshape(x, [-1, x.shape[3]]), 1).values,
  transpose: (x) => tf.transpose(x, [0, 3, 1, 2]),
  tile: (x) => tf.tile(x, [1, 2, 1, 1]),
  gather: (x) => tf.gather(x, [0], 3),
  'strided slice': (x) => tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, 2, 1, 1]),
  concat: (x) => tf.concat([x, x], 1),
  pad: (x) =>
    tf.pad(x, [
      [0, 0],
      [1, 0],
      [0, 0],
      [0, 2],
    ]),
  maxPool: (x) => tf.maxPool(x, 2, 1, 'same'),
  resize: (x) => tf.image.resizeBilinear(x, [4, 4]),
  matMul: (x) => tf.matMul(tf.reshape(x, [-1, x.shape[3]]), tf.ones([x.shape[3], 2])),
  softmax: (x) => tf.softmax(x),
  equal: (x) => tf.equal(x, 3),
  'add int32': (x) => tf.add(x, tf.scalar(2, 'int32')),
  'add of another rank': (x) => tf.add(x, tf.ones([x.shape[1], 1, 1])),
};

/**
 * True results of the kernels that round. All others are exact: they move values, compare them, or
 * compute sums and products of few whole numbers and powers of two.
 */
const rounded = new Map<Kernel, (x: tf.Tensor4D) => Bounded[]>([
  [
    kernels.mean,
    (x) => {
      const maps = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [-1, x.shape[1] * x.shape[2]]);
      return (maps.arraySync() as number[][]).map(meanOfExact);
    },
  ],
  [
    kernels.softmax,
    (x) => {
      const rows = tf.reshape(x, [-1, x.shape[3]]).arraySync() as number[][];
      return rows.flatMap((row) => softmax(row.map(exactly)));
    },
  ],
]);

// The largest shape is computed on the GPU. Stock hands small tensors to the CPU, and passes the
// smallest to programs as uniforms.
export const shapes: [number, number, number, number][] = [
  [2, 6, 9, 5],
  [1, 3, 3, 4],
  [1, 2, 2, 1],
  [1, 1, 1, 1],
];

/** Expects stock cpu's values, and nothing left behind. */
export function expectInherited(kernel: Kernel, shape: (typeof shapes)[number]): Promise<void> {
  return leavingNothing(async () => {
    await tf.setBackend('cpu');
    let truth: Bounded[] = [];
    const expected = tf.tidy(() => {
      const x = tf.tensor4d(wholeNumbers(shape), shape);
      const y = kernel(x);
      truth = rounded.get(kernel)?.(x) ?? Array.from(y.dataSync(), exactly);
      expectWithin(y.dataSync(), truth, 'stock');
      return { shape: y.shape, dtype: y.dtype };
    });
    await tf.setBackend('tiled-webgl');
    const x = inPlanes(shape);
    const y = tf.tidy(() => kernel(x));
    expect(y.shape).to.deep.equal(expected.shape);
    expect(y.dtype).to.equal(expected.dtype);
    expectWithin(y.dataSync(), truth);
    tf.dispose([x, y]);
  });
}
