/** Inherited stock kernels on a tensor in planes. */
import { expect } from 'chai';
import { inPlanes, leavingNothing, wholeNumbers } from '../../../support/residencySupport.js';
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
  prod: (x) => tf.prod(tf.div(x, 20), 3),
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
    const expected = tf.tidy(() => {
      const y = kernel(tf.tensor4d(wholeNumbers(shape), shape));
      return { shape: y.shape, dtype: y.dtype, values: [...y.dataSync()] };
    });
    await tf.setBackend('tiled-webgl');
    const x = inPlanes(shape);
    const y = tf.tidy(() => kernel(x));
    expect(y.shape).to.deep.equal(expected.shape);
    expect(y.dtype).to.equal(expected.dtype);
    for (const [i, value] of y.dataSync().entries()) {
      expect(value).to.be.closeTo(expected.values[i], 1e-5 * Math.max(1, Math.abs(value)));
    }
    tf.dispose([x, y]);
  });
}
